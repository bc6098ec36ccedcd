#if PIP_MQTT
/// The reason why a connection cannot be established or used any longer.
struct MQTTConnectionError: Error, Sendable, Hashable {
    /// The kind of failure, which determines whether a retry may help.
    enum Kind: Sendable, Hashable {
        /// The broker may be available later.
        case temporary
        /// The broker refuses the login.
        case access
        /// The TLS handshake failed, for example because the broker's certificate is not trusted.
        case tls
        /// The broker refuses the client for another reason, such as its id or the MQTT version.
        case refused
        /// Another client with the same id has taken over the connection.
        case takenOver
    }

    let reason: String
    var kind = Kind.temporary

    /// True if a retry cannot succeed.
    var isFinal: Bool { kind == .access || kind == .tls || kind == .refused }
}

/// The reason for a failed publish or subscribe call.
enum MQTTFailure: Error, Sendable, Hashable {
    /// The connection was never opened, or is closed.
    case closed
    /// The task was cancelled.
    case cancelled
    /// The broker could not be reached in time, with the reason.
    case unreachable(String)
    /// The deadline passed before the call was sent on an existing connection.
    case notSent
    /// No acknowledgement arrived in time.
    case noAnswer
    /// The queue is full, with its limit.
    case queueFull(Int)
    /// The broker refused the call, with the reason.
    case refused(code: Int32, String)
    /// The message exceeds the limit of the broker or the configuration.
    case tooLarge(size: Int, limit: Int)
    /// libmosquitto rejects the message, with the reason.
    case invalid(String)

    /// The error for the caller.
    func error(_ context: Context, _ call: String) -> any Error {
        let (code, text): (String, String)
        switch self {
        case .cancelled: return CancellationError()
        case .closed:
            return ApplicationError.invalidState(
                code: "NOT_OPENED", "The connection to the MQTT broker is not open", traceId: context.traceId)
        case .tooLarge(let size, let limit):
            return ApplicationError.badRequest(
                code: "MESSAGE_TOO_LARGE", "\(call): the message has \(size) bytes; at most \(limit) are accepted",
                traceId: context.traceId,
                details: ["size": .integer(Int64(size)), "max_message_size": .integer(Int64(limit))])
        case .invalid(let reason):
            return ApplicationError.badRequest(
                code: "BAD_MESSAGE", "\(call): the message can't be sent: \(reason)", traceId: context.traceId)
        case .refused(let code, let reason):
            return ApplicationError.invocation(
                code: code == 0x87 ? "ACCESS_DENIED" : "REFUSED", "The MQTT broker refused '\(call)': \(reason)",
                traceId: context.traceId, details: ["reason_code": .integer(Int64(code))])
        case .unreachable(let reason):
            (code, text) = ("NO_CONNECTION", "The MQTT broker can't be reached: \(reason). '\(call)' was not sent")
        case .notSent:
            (code, text) = ("NO_ANSWER", "The time for '\(call)' was over before it could be sent")
        case .noAnswer:
            (code, text) = (
                "NO_ANSWER",
                "The MQTT broker did not acknowledge '\(call)' in time; whether it was executed is unknown"
            )
        case .queueFull(let limit):
            (code, text) = ("QUEUE_FULL", "\(limit) calls wait for the MQTT broker already. '\(call)' was not sent")
        }
        return ApplicationError.connection(code: code, text, traceId: context.traceId)
    }
}
#endif
