#if PIP_REDIS
/// Why a call of Redis has no answer.
enum RedisFailure: Error, Sendable, Hashable {
    /// The connection was never opened, or is closed.
    case closed
    /// The task was cancelled.
    case cancelled
    /// Redis could not be reached in time; why not.
    case unreachable(String)
    /// The command's time was over before it was sent, although there is a connection.
    case notSent
    /// The command was sent, and no answer came in time.
    case noAnswer
    /// The connection broke after the command was sent; how.
    case lost(String)
    /// Too many calls wait already; how many may.
    case queueFull(Int)
    /// A value is larger than Redis takes.
    case tooLarge(Int)
    /// Redis answered something that it should not.
    case strange
    /// The command changes or blocks the connection, which all tasks share.
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
                "The time for \(command) was over while Redis was busy with earlier calls, or before. It was not sent"
            )
        case .noAnswer:
            (code, text) = ("NO_ANSWER", "Redis did not answer in time: \(command) may have been carried out or not")
        case .lost(let reason):
            (code, text) = (
                "CONNECTION_LOST",
                "The connection to Redis broke: \(reason). \(command) may have been carried out or not"
            )
        case .queueFull(let limit):
            (code, text) = ("QUEUE_FULL", "\(limit) calls wait for Redis already. \(command) was not sent")
        case .notShared:
            return ApplicationError.badRequest(
                code: "NEEDS_OWN_CONNECTION",
                "\(command) blocks or changes the connection, which all tasks share: it needs 'withSession', subscribing "
                    + "needs 'subscribe', and MULTI needs 'transaction'",
                traceId: context.traceId, details: ["command": .string(command)])
        case .strange: (code, text) = ("BAD_ANSWER", "Redis answered \(command) in an unexpected way")
        }
        return ApplicationError.connection(
            code: code, text, traceId: context.traceId, details: ["command": .string(command)])
    }
}

extension RedisReply {
    /// The reply, unless the server has refused the command.
    func checked(_ context: Context, _ command: String) throws -> RedisReply {
        guard case .error(let text) = self else { return self }
        // What follows quotes the arguments, which may be secret.
        let reason = text.utf8.firstRange(of: ", with args".utf8).map { text[..<$0.lowerBound] } ?? text[...]
        if deniesWriting || ["LOADING", "MASTERDOWN"].contains(errorCode) {
            // As if it could not be reached: it is not the server to ask now, and caches go on without it.
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
