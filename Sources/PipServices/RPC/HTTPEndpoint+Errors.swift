/// What callers learn of errors.
extension HTTPEndpoint {
    /// The response to an error: what an ``ApplicationError`` states, without its cause.
    ///
    /// An error of another type, that of a file with its path, and the failure of a service that this one calls, can contain
    /// internals such as addresses and paths.
    /// The caller gets an id instead (`details.error_id`), and the log has the error with this id.
    ///
    /// Each failure is logged here, once, wherever it happened.
    func response(
        to error: any Error, _ context: Context, _ request: RestRequest, _ match: RestRouter.Match
    ) -> RestResponse {
        if error is CancellationError, Task.isCancelled {
            // The service shuts down, or the client has gone and reads no response.
            logger.debug(context, "A request was cancelled")
            let error = ApplicationError(
                .unknown, code: "CANCELLED", "The service is shutting down", status: 503)
            return .error(error, traceId: context.traceId)
        }
        var known = error as? ApplicationError
        let status = known.flatMap(Self.upstreamStatus)
        if let status { known?.status = status }
        if exposeCauses() {
            log(error, context, request, match)
            return .error(known ?? error, traceId: context.traceId, exposingCauses: true)
        }
        // Those of the toolkit name the path in their message too.
        let isFile = known?.category == .fileError && known?.details["path"] != nil
        if let known, status == nil, !isFile {
            log(error, context, request, match)
            return .error(known, traceId: context.traceId)
        }
        let id = IdGenerator.nextShort(random())
        log(error, context, request, match, ["error_id": .string(id)])
        let neutral =
            known.map {
                ApplicationError(
                    $0.category, code: $0.code,
                    isFile
                        ? "A file of the service can't be used"
                        : "A service that this one needs does not respond as expected",
                    status: $0.status)
            } ?? ApplicationError(.unknown, code: "UNKNOWN", "An internal error occurred", status: 500)
        return .error(neutral.withDetails("error_id", .string(id)), traceId: context.traceId)
    }

    /// The response to a request that no route receives, which is logged at level `debug`: a flood of requests above a
    /// limit must not become a flood of errors in the log.
    func refusal(_ error: ApplicationError, _ request: RestRequest, traceId: String?) -> RestResponse {
        log(error, Context(traceId: traceId), request, .nothing, level: .debug)
        return .error(error, traceId: traceId)
    }

    // MARK: - Internal

    /// Logs a failure with the name of the route, or with the path if no route matches.
    private func log(
        _ error: any Error, _ context: Context, _ request: RestRequest, _ match: RestRouter.Match,
        _ fields: AnyValueMap = [:], level: LogLevel? = nil
    ) {
        let level = level ?? (ApplicationError.isClientFault(error) ? .debug : .error)
        guard logger.isEnabled(level) else { return }
        var (message, fields) = ("A request failed", fields)
        if case .found(let entry, _) = match {
            let name = entry.route.name ?? "\(entry.route.method.rawValue) \(entry.route.path)"
            message = InstrumentedOperation.failure(of: name)
        } else {
            fields["method"] = .string(request.method.rawValue)
            fields["path"] = .string(request.path.shortened)
        }
        logger.log(level, context, error: error, message: message, fields: fields)
    }

    /// The status for the failure of a call to another service, as gateways answer it; nil for any other error.
    private static func upstreamStatus(_ error: ApplicationError) -> Int? {
        guard error.category == .noResponse else { return nil }
        return switch error.code {
        case HTTPFailure.cannotConnect, HTTPFailure.circuitOpen, HTTPFailure.queueFull: 503
        // The drivers' codes for the same.
        case "NO_CONNECTION", "SERVER_DOWN", "NO_SERVER", "NOT_PRIMARY", "CONNECT_FAILED", "READONLY", "MASTERDOWN",
            "LOADING":
            503
        case HTTPFailure.timeout, HTTPFailure.connectTimeout, "NO_ANSWER": 504
        case "CONNECTION_FAILED", "CONNECTION_REFUSED", "ACCESS_DENIED", "BAD_ANSWER", "CURSOR_LOST": 502
        case HTTPFailure.tlsFailed, HTTPFailure.connectionLost, HTTPFailure.badResponse, HTTPFailure.responseTooLarge:
            502
        default: nil
        }
    }
}
