#if PIP_REDIS
/// The reason why a Redis call has no reply.
enum RedisFailure: Error, Sendable, Hashable {
    /// The connection was never opened, or is closed.
    case closed
    /// The task was cancelled.
    case cancelled
    /// Redis could not be reached in time, with the reason.
    case unreachable(String)
    /// The deadline passed before the command was sent on an existing connection.
    case notSent
    /// The command was sent, and no reply arrived in time.
    case noAnswer
    /// The connection broke after the command was sent, with the reason.
    case lost(String)
    /// The queue is full, with its limit.
    case queueFull(Int)
    /// A value exceeds Redis' limit.
    case tooLarge(Int)
    /// An unexpected reply.
    case strange
    /// The command blocks or changes the connection, which all tasks share.
    case notShared

    /// The error for the caller.
    func error(_ context: Context, _ command: String) -> any Error {
        let (code, text): (String, String)
        switch self {
        case .cancelled: return CancellationError()
        case .closed:
            return ApplicationError.invalidState(
                code: "NOT_OPENED", "The connection to Redis is not open", traceId: context.traceId)
        case .tooLarge(let size):
            return ApplicationError.badRequest(
                code: "VALUE_TOO_LARGE", "Redis takes no command of \(size) bytes; at most \(RedisLimits.valueSize)",
                traceId: context.traceId)
        case .unreachable(let reason):
            (code, text) = ("NO_CONNECTION", "Redis can't be reached: \(reason). \(command) was not sent")
        case .notSent:
            (code, text) = (
                "NO_ANSWER",
                "The time for \(command) was over before Redis could receive it. It was not sent"
            )
        case .noAnswer:
            (code, text) = ("NO_ANSWER", "Redis did not reply in time; whether \(command) was executed is unknown")
        case .lost(let reason):
            (code, text) = (
                "CONNECTION_LOST",
                "The connection to Redis broke: \(reason). Whether \(command) was executed is unknown"
            )
        case .queueFull(let limit):
            (code, text) = ("QUEUE_FULL", "\(limit) calls are already waiting for Redis. \(command) was not sent")
        case .notShared:
            return ApplicationError.badRequest(
                code: "NEEDS_OWN_CONNECTION",
                "\(command) blocks or changes the connection, which all tasks share: it needs 'withSession', subscribing "
                    + "needs 'subscribe', and MULTI needs 'transaction'",
                traceId: context.traceId, details: ["command": .string(command)])
        case .strange: (code, text) = ("BAD_ANSWER", "Redis sent an unexpected reply to \(command)")
        }
        return ApplicationError.connection(
            code: code, text, traceId: context.traceId, details: ["command": .string(command)])
    }
}

extension RedisReply {
    /// Returns the reply, or throws if the server refused the command.
    func checked(_ context: Context, _ command: String) throws -> RedisReply {
        guard case .error(let text) = self else { return self }
        // The rest quotes the arguments, which may be secret.
        let reason = text.utf8.firstRange(of: ", with args".utf8).map { text[..<$0.lowerBound] } ?? text[...]
        if deniesWriting || ["LOADING", "MASTERDOWN"].contains(errorCode) {
            // Treated as unreachable, because this server can't serve the command: caches continue without it.
            throw ApplicationError.connection(
                code: deniesWriting && errorCode != "MASTERDOWN" ? "READONLY" : errorCode ?? "ERR",
                "Redis refused \(command): \(reason)", traceId: context.traceId,
                details: ["command": .string(command)])
        }
        throw ApplicationError.invocation(
            code: errorCode ?? "ERR",
            "Redis refused \(command): \(reason)", traceId: context.traceId,
            details: ["command": .string(command)])
    }
}
#endif
