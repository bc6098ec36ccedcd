/// What callers learn of errors.
extension HTTPEndpoint {
    /// The response to an error: what an ``ApplicationError`` states, without its cause.
    ///
    /// An error of another type, that of a file with its path, and the failure of a service that this one calls, can contain
    /// internals such as addresses and paths.
    /// The caller gets an id instead (`details.error_id`), and the log has the error with this id.
    func response(to error: any Error, _ context: Context) -> RestResponse {
        if error is CancellationError, Task.isCancelled {
            // The service shuts down, or the client has gone and reads no response.
            logger.debug(context, "A request was cancelled")
            let error = ApplicationError(
                .unknown, code: "CANCELLED", "The service is shutting down", status: 503)
            return .error(error, traceId: context.traceId)
        }
        if exposeCauses() { return .error(error, traceId: context.traceId, exposingCauses: true) }
        let known = error as? ApplicationError
        let status = known.flatMap(Self.upstreamStatus)
        // Those of the toolkit name the path in their message too.
        let isFile = known?.category == .fileError && known?.details["path"] != nil
        if let known, status == nil, !isFile { return .error(known, traceId: context.traceId) }
        let id = IdGenerator.nextShort(random())
        logger.error(context, error: error, "A request failed", ["error_id": .string(id)])
        let neutral =
            known.map {
                ApplicationError(
                    $0.category, code: $0.code,
                    isFile
                        ? "A file of the service can't be used"
                        : "A service that this one needs does not respond as expected",
                    status: $0.status)
            } ?? ApplicationError(.unknown, code: "UNKNOWN", "An internal error occurred", status: 500)
        var response = RestResponse.error(neutral.withDetails("error_id", .string(id)), traceId: context.traceId)
        if let status { response.status = status }
        return response
    }

    // MARK: - Internal

    /// The status for the failure of a call to another service, as gateways answer it; nil for any other error.
    private static func upstreamStatus(_ error: ApplicationError) -> Int? {
        guard error.category == .noResponse else { return nil }
        return switch error.code {
        case HTTPFailure.cannotConnect, HTTPFailure.circuitOpen, HTTPFailure.queueFull: 503
        // The drivers' codes for the same.
        case "NO_CONNECTION", "SERVER_DOWN": 503
        case HTTPFailure.timeout, HTTPFailure.connectTimeout, "NO_ANSWER": 504
        case "CONNECTION_FAILED", "BAD_ANSWER": 502
        case HTTPFailure.tlsFailed, HTTPFailure.connectionLost, HTTPFailure.badResponse, HTTPFailure.responseTooLarge:
            502
        default: nil
        }
    }
}
