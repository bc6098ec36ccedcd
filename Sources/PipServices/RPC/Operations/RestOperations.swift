/// Route handlers outside of a controller (the toolkit's `RestOperations`).
///
/// A custom type handles requests with the helper methods of this protocol:
/// ```swift
/// struct BeaconOperations: RestOperations {
///     let service: BeaconsService
///     func getBeacons(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
///         try sendResult(try await service.getBeacons(context, request.query.filter, request.query.paging))
///     }
/// }
/// let operations = BeaconOperations(service: service)
/// RestRoute(.get, "/beacons", response: operations.getBeacons)
/// ```
public protocol RestOperations: Sendable {}

extension RestOperations {
    /// Returns a result as JSON with status 200; 204 for nil.
    /// - Throws: BadRequest `CANNOT_ENCODE`, also below.
    public func sendResult(_ value: (any Encodable)?) throws(ApplicationError) -> RestResponse {
        try RestResponse.json(value)
    }

    /// Returns an empty response with status 204.
    public func sendEmptyResult() -> RestResponse { RestResponse(status: 204) }

    /// Returns a created object as JSON with status 201; 204 for nil.
    public func sendCreatedResult(_ value: (any Encodable)?) throws(ApplicationError) -> RestResponse {
        try RestResponse.json(value, status: 201)
    }

    /// Returns a deleted object as JSON with status 200; 204 for nil.
    public func sendDeletedResult(_ value: (any Encodable)?) throws(ApplicationError) -> RestResponse {
        try RestResponse.json(value)
    }

    /// Returns an error with its own status.
    public func sendError(_ context: Context, _ error: any Error) -> RestResponse {
        .error(error, traceId: context.traceId)
    }

    /// Returns status 400, code `BAD_REQUEST`.
    public func sendBadRequest(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.badRequest(code: "BAD_REQUEST", message))
    }

    /// Returns status 401, code `UNAUTHORIZED`.
    public func sendUnauthorized(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.unauthorized(code: "UNAUTHORIZED", message))
    }

    /// Returns status 404, code `NOT_FOUND`.
    public func sendNotFound(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.notFound(code: "NOT_FOUND", message))
    }

    /// Returns status 409, code `CONFLICT`.
    public func sendConflict(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.conflict(code: "CONFLICT", message))
    }

    /// Returns status 440, code `SESSION_EXPIRED`.
    public func sendSessionExpired(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.unknown(code: "SESSION_EXPIRED", message).withStatus(440))
    }

    /// Returns status 500, code `INTERNAL`.
    public func sendInternalError(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.internal(code: "INTERNAL", message))
    }

    /// Returns status 503, code `SERVER_UNAVAILABLE`.
    public func sendServerUnavailable(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.unknown(code: "SERVER_UNAVAILABLE", message).withStatus(503))
    }

    /// Returns status 429, code `TOO_MANY_REQUESTS` (of the .NET edition).
    public func sendTooManyRequests(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.tooManyRequests(code: "TOO_MANY_REQUESTS", message))
    }
}
