#if PIP_MQTT
/// Why a connection cannot be made, or cannot be used any longer.
struct MQTTConnectionError: Error, Sendable, Hashable {
    /// What another attempt can change.
    enum Kind: Sendable, Hashable {
        /// The broker may be back later.
        case temporary
        /// The broker refuses the login.
        case access
        /// The TLS handshake failed, for example since the broker's certificate is not trusted.
        case tls
        /// The broker refuses the client for another reason, such as its id or the version of MQTT.
        case refused
        /// Another client with the same id has taken the connection over.
        case takenOver
    }

    let reason: String
    var kind = Kind.temporary

    /// True if another attempt cannot succeed either.
    var isFinal: Bool { kind == .access || kind == .tls || kind == .refused }
}

/// Why a message was not sent, or a subscription not made.
enum MQTTFailure: Error, Sendable, Hashable {
    /// The connection was never opened, or is closed.
    case closed
    /// The task was cancelled.
    case cancelled
    /// The broker could not be reached in time; why not.
    case unreachable(String)
    /// The call's time was over before it was sent, although there is a connection.
    case notSent
    /// No acknowledgement came in time.
    case noAnswer
    /// Too many calls wait already; how many may.
    case queueFull(Int)
    /// The broker refused it; why.
    case refused(code: Int32, String)
    /// The message is larger than the broker or the configuration accepts.
    case tooLarge(size: Int, limit: Int)
    /// libmosquitto does not accept the message; why.
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
                "The MQTT broker did not acknowledge '\(call)' in time; it may have been carried out or not"
            )
        case .queueFull(let limit):
            (code, text) = ("QUEUE_FULL", "\(limit) calls wait for the MQTT broker already. '\(call)' was not sent")
        }
        return ApplicationError.connection(code: code, text, traceId: context.traceId)
    }
}
#endif
