#if PIP_ACTIVEMQ
/// The error of a connection attempt or a lost connection.
struct STOMPConnectionError: Error, Sendable, Equatable {
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
}

/// The reason that a call failed.
enum STOMPFailure: Error, Sendable, Equatable {
    /// The connection was never opened, or is closed.
    case closed
    /// The task was cancelled.
    case cancelled
    /// The broker could not be reached in time, with the reason.
    case unreachable(String)
    /// The call expired before it was sent, although there is a connection.
    case notSent
    /// No receipt arrived in time.
    case noAnswer
    /// The call's connection was lost before its receipt, with the reason.
    case lost(String)
    /// Too many calls or bytes are queued.
    case queueFull(calls: Int, bytes: Int)
    /// The broker rejected it, with the reason.
    case refused(String)
    /// STOMP cannot represent it, with the reason.
    case invalid(String)

    /// Returns the error for the caller.
    /// - Parameter broker: the product, such as `ActiveMQ`.
    func error(_ context: Context, _ broker: String, _ call: String) -> any Error {
        let (code, text): (String, String)
        switch self {
        case .cancelled: return CancellationError()
        case .closed:
            return ApplicationError.invalidState(
                code: "NOT_OPENED", "The connection to \(broker) is not open", traceId: context.traceId)
        case .invalid(let reason):
            return ApplicationError.badRequest(
                code: "BAD_MESSAGE", "\(call): the message can't be sent: \(reason)", traceId: context.traceId)
        case .refused(let reason):
            return ApplicationError.invocation(
                code: "REFUSED", "\(broker) refused '\(call)': \(reason)", traceId: context.traceId)
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
}
#endif
