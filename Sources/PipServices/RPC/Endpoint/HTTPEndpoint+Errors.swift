/// Error responses.
extension HTTPEndpoint {
    /// Returns the response to an error, see ``ErrorDisclosure``. Every failure is logged here, exactly once.
    func response(
        to error: any Error, _ context: Context, _ request: RestRequest, _ match: RestRouter.Match
    ) -> RestResponse {
        if error is CancellationError, Task.isCancelled {
            // The service is shutting down, or the client has disconnected.
            logger.debug(context, "A request was cancelled")
            let error = ApplicationError(
                .unknown, code: "CANCELLED", "The service is shutting down", status: 503)
            return .error(error, traceId: context.traceId)
        }
        let isExposing = exposeCauses()
        let disclosure = ErrorDisclosure(error, exposingCauses: isExposing, random)
        log(error, context, request, match, disclosure.id.map { ["error_id": .string($0)] } ?? [:])
        return .error(disclosure.error, traceId: context.traceId, exposingCauses: isExposing)
    }

    /// Returns the response to a request that is refused before routing. Logged at level `debug`: a flood of requests
    /// must not flood the log.
    func refusal(_ error: ApplicationError, _ request: RestRequest, traceId: String?) -> RestResponse {
        log(error, Context(traceId: traceId), request, .nothing, level: .debug)
        return .error(error, traceId: traceId)
    }

    // MARK: - Internal

    /// Logs a failure with the route name, or with the path if no route matches.
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
}
