/// The error of a connection attempt or a lost connection.
struct AMQPConnectionError: Error, Sendable, Equatable {
    /// Whether and how another attempt can succeed.
    enum Kind: Sendable, Equatable {
        /// The broker may be available later.
        case temporary
        /// The broker rejects the client, for example its login.
        case refused
        /// The TLS handshake failed, for example because the broker's certificate is not trusted.
        case tls
    }

    let reason: String
    var kind = Kind.temporary

    /// True if another attempt cannot succeed either.
    var isFinal: Bool { kind != .temporary }

    /// Returns the error for the caller that opens a connection.
    /// - Parameter place: the broker and its address.
    func openingError(_ context: Context, _ place: String) -> ApplicationError {
        let (code, text) =
            switch kind {
            case .refused: ("ACCESS_DENIED", "\(place) refuses the client")
            case .tls: ("TLS_FAILED", "\(place) can't be reached by TLS")
            case .temporary: ("NO_CONNECTION", "\(place) can't be reached")
            }
        return .connection(
            code: code, "\(text): \(reason)", traceId: context.traceId, details: ["address": .string(place)])
    }
}

/// The reason that a call of an ``AMQPClient`` failed.
enum AMQPFailure: Error, Sendable, Equatable {
    /// The connection is closed.
    case closed
    /// The task was cancelled.
    case cancelled
    /// The broker could not be reached in time, with the reason.
    case unreachable(String)
    /// The call expired before it was sent, although there is a connection.
    case notSent
    /// The broker did not respond in time.
    case noAnswer
    /// The call's connection or link was lost, with the reason.
    case lost(String)
    /// Too many calls or bytes are queued.
    case queueFull(calls: Int, bytes: Int)
    /// The broker rejected it.
    case refused(AMQPCondition)
    /// It exceeds the broker's size limit.
    case tooLarge(size: Int, limit: Int)

    /// Returns the error for the caller.
    /// - Parameter broker: the product, such as `Service Bus`.
    func error(_ context: Context, _ broker: String, _ call: String) -> any Error {
        let (code, text): (String, String)
        switch self {
        case .cancelled: return CancellationError()
        case .closed:
            return ApplicationError.invalidState(
                code: "NOT_OPENED", "The connection to \(broker) is not open", traceId: context.traceId)
        case .tooLarge(let size, let limit):
            return ApplicationError.badRequest(
                code: "MESSAGE_TOO_LARGE", "\(call): the message has \(size) bytes; \(broker) accepts \(limit)",
                traceId: context.traceId,
                details: ["size": .integer(Int64(size)), "max_message_size": .integer(Int64(limit))])
        case .refused(let condition): return Self.refusal(context, broker, call, condition)
        case .unreachable(let reason):
            (code, text) = ("NO_CONNECTION", "\(broker) can't be reached: \(reason). '\(call)' was not sent")
        case .notSent: (code, text) = ("NO_ANSWER", "The time for '\(call)' was over before it could be sent")
        case .noAnswer:
            (code, text) = (
                "NO_ANSWER", "\(broker) did not confirm '\(call)' in time; it may have been carried out or not"
            )
        case .lost(let reason):
            (code, text) = (
                "CONNECTION_LOST",
                "The connection to \(broker) was lost: \(reason). '\(call)' may have been carried out or not"
            )
        case .queueFull(let calls, let bytes):
            (code, text) = (
                "QUEUE_FULL", "\(calls) calls with \(bytes) bytes wait for \(broker) already. '\(call)' was not sent"
            )
        }
        return ApplicationError.connection(code: code, text, traceId: context.traceId)
    }

    // MARK: - Internal

    private static func refusal(
        _ context: Context, _ broker: String, _ call: String, _ condition: AMQPCondition
    ) -> ApplicationError {
        // Truncated, because the length of the broker's text is not limited.
        let text = "\(broker) refused '\(call)': " + String(condition.description.unicodeScalars.prefix(500))
        let details: AnyValueMap = ["condition": .string(condition.name)]
        if condition.isOne(of: "amqp:not-found") {
            return .notFound(code: "UNKNOWN_QUEUE", text, traceId: context.traceId, details: details)
        }
        if condition.isOne(of: "amqp:unauthorized-access", "com.microsoft:auth-failed") {
            return .unauthorized(code: "ACCESS_DENIED", text, traceId: context.traceId, details: details)
        }
        if condition.isOne(of: "amqp:link:message-size-exceeded") {
            return .badRequest(code: "MESSAGE_TOO_LARGE", text, traceId: context.traceId, details: details)
        }
        return .invocation(code: "REFUSED", text, traceId: context.traceId, details: details)
    }
}
