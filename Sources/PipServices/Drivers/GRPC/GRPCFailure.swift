#if PIP_GRPC
internal import GRPCCore

/// Converts failures of calls to errors. The codes are those of ``HTTPFailure``, so that callers do not depend on the
/// transport.
enum GRPCFailure {
    /// The code of a call that the peer may have received, although it ended without a reply.
    static let unavailable = "UNAVAILABLE"

    /// Returns the error of a failed attempt.
    static func error(_ failure: GRPCAttemptError, _ method: String, _ context: Context) -> ApplicationError {
        let status = failure.status
        guard failure.isSent else { return unsent(failure, method, context) }
        if let error = GRPCStatusDetails.error(in: status, traceId: context.traceId) { return error }
        switch status.code {
        case .deadlineExceeded:
            return local(HTTPFailure.timeout, "the reply did not come in time", failure, method, context)
        case .unavailable:
            return local(
                unavailable, "the service, or the connection to it, ended the call", failure, method, context)
        case .invalidArgument where status.cause != nil:
            return local(HTTPFailure.badResponse, "the reply can't be read", failure, method, context)
        // The error of grpc-swift for a message that it cannot decode.
        case .internalError where status.message.begins(with: "Failed to decode message"):
            let isLarge = status.message.contains(text: "exceeded the configured maximum payload size")
            return local(
                isLarge ? HTTPFailure.responseTooLarge : HTTPFailure.badResponse,
                isLarge ? "the reply is too large" : "the reply can't be read", failure, method, context)
        default: break
        }
        let (category, number) = GRPCStatusCode.category(of: status.code)
        let name = GRPCStatusCode.name(of: status.code)
        return ApplicationError(
            category, code: "GRPC_\(name)",
            status.message.isEmpty ? "\(method) was answered with the status \(name)" : status.message, status: number,
            traceId: context.traceId, details: details(failure, method))
    }

    /// True for a status that is caused by the peer's availability or the network, so that another attempt may succeed.
    static func isTransient(_ failure: GRPCAttemptError) -> Bool {
        guard failure.isSent else { return true }
        // A service that describes its error is available.
        guard GRPCStatusDetails.error(in: failure.status, traceId: nil) == nil else { return false }
        return failure.status.code == .unavailable || failure.status.code == .deadlineExceeded
    }

    // MARK: - Internal

    private static func unsent(
        _ failure: GRPCAttemptError, _ method: String, _ context: Context
    ) -> ApplicationError {
        if failure.isLate {
            return local(HTTPFailure.connectTimeout, "there was no connection in time", failure, method, context)
        }
        if failure.status.code == .deadlineExceeded {
            return local(HTTPFailure.timeout, "there was no connection in time", failure, method, context)
        }
        let reason = String(describing: failure.status)
        let isTLS =
            reason.contains(text: "NIOSSL") || reason.contains(text: "CERTIFICATE")
            || reason.contains(text: "handshake")
        return local(
            isTLS ? HTTPFailure.tlsFailed : HTTPFailure.cannotConnect,
            isTLS ? "the connection can't be secured" : "there is no connection", failure, method, context)
    }

    private static func local(
        _ code: String, _ what: String, _ failure: GRPCAttemptError, _ method: String, _ context: Context
    ) -> ApplicationError {
        .connection(
            code: code, "\(method) at \(failure.address): \(what)", traceId: context.traceId,
            details: details(failure, method), cause: failure.status)
    }

    private static func details(_ failure: GRPCAttemptError, _ method: String) -> AnyValueMap {
        [
            "url": .string(failure.address), "method": .string(method),
            "grpc_status": .string(GRPCStatusCode.name(of: failure.status.code)),
        ]
    }
}
#endif
