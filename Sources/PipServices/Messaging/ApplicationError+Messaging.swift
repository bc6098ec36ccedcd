/// Errors of message queues.
extension ApplicationError {
    /// A message that cannot be read. A queue moves it to the dead letters without a retry.
    static func badMessage(_ message: MessageEnvelope?, _ reason: String) -> ApplicationError {
        .badRequest(
            code: "BAD_MESSAGE", "The message can't be read: \(reason)", traceId: message?.traceId,
            details: message.map { ["message_id": .string($0.messageId)] } ?? [:])
    }

    /// A call on a queue that is not open.
    static func queueNotOpened(_ context: Context, _ queue: String) -> ApplicationError {
        .invalidState(
            code: "NOT_OPENED", "The queue '\(queue)' is not open", traceId: context.traceId,
            details: ["queue": .string(queue)])
    }

    /// An unknown queue name.
    static func unknownQueue(_ context: Context, _ queue: String, among names: [String]) -> ApplicationError {
        .notFound(
            code: "UNKNOWN_QUEUE", "There is no queue '\(queue)'" + NearestName.hint(for: queue, among: names),
            traceId: context.traceId, details: ["queue": .string(queue)])
    }

    /// A message that is settled but was not received from the queue.
    static func notReceived(_ context: Context, _ message: MessageEnvelope, _ queue: String) -> ApplicationError {
        .invalidState(
            code: "NOT_RECEIVED", "The message '\(message.messageId)' was not received from the queue '\(queue)'",
            traceId: context.traceId, details: ["queue": .string(queue), "message_id": .string(message.messageId)])
    }

    /// A message that was already completed, abandoned or dead-lettered.
    static func alreadySettled(_ context: Context, _ queue: String) -> ApplicationError {
        .conflict(
            code: "ALREADY_SETTLED", "The message of the queue '\(queue)' was settled before", traceId: context.traceId,
            details: ["queue": .string(queue)])
    }

    /// A message whose lock expired before it was settled.
    static func lockExpired(_ context: Context, _ queue: String) -> ApplicationError {
        .conflict(
            code: "LOCK_EXPIRED",
            "The lock of the message expired, and the queue '\(queue)' delivers it again; 'options.lock_timeout' is the"
                + " time to live of a lock", traceId: context.traceId, details: ["queue": .string(queue)])
    }

    /// A message whose session belongs to another receiver now, before it was settled.
    static func sessionLockLost(_ context: Context, _ queue: String, _ session: String?) -> ApplicationError {
        .conflict(
            code: "SESSION_LOCK_LOST",
            "The lock of the session\(session.map { " '\($0.shortened)'" } ?? "") of '\(queue)' was lost; the broker "
                + "delivers its messages again", traceId: context.traceId,
            details: ["queue": .string(queue), "session": session.map { .string($0) } ?? .null])
    }

    /// True if the message belongs to another receiver now.
    var isLockLost: Bool { ["LOCK_EXPIRED", "SESSION_LOCK_LOST"].contains(sameAs: code) }

    /// A queue that is still full at the send timeout.
    static func queueFull(_ context: Context, _ queue: String, _ size: Int) -> ApplicationError {
        .tooManyRequests(
            code: "QUEUE_FULL",
            "The queue '\(queue)' holds \(size) messages, as many as 'options.max_size' allows, and no room became free in"
                + " time", traceId: context.traceId,
            details: ["queue": .string(queue), "max_size": .integer(Int64(size))])
    }

    /// A message larger than the queue's limit.
    static func messageTooLarge(
        _ context: Context, _ message: MessageEnvelope, _ queue: String, _ limit: Int
    ) -> ApplicationError {
        let size = message.message?.count ?? 0
        return .badRequest(
            code: "MESSAGE_TOO_LARGE",
            "The message has \(size) bytes; 'options.max_message_size' of the queue '\(queue)' is \(limit)",
            traceId: context.traceId,
            details: [
                "queue": .string(queue), "message_id": .string(message.messageId), "size": .integer(Int64(size)),
                "max_message_size": .integer(Int64(limit)),
            ])
    }

    /// A message that exceeded the maximum number of deliveries.
    static func tooManyDeliveries(
        _ context: Context, _ message: MessageEnvelope, _ queue: String, _ limit: Int
    ) -> ApplicationError {
        .conflict(
            code: "TOO_MANY_DELIVERIES",
            "The queue '\(queue)' delivered the message \(message.deliveryCount - 1) times without completion;"
                + " 'options.max_deliveries' is \(limit)", traceId: context.traceId,
            details: ["queue": .string(queue), "message_id": .string(message.messageId)])
    }
}
