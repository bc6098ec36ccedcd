/// Handlers of routes that stand outside of a controller (the toolkit's `RestOperations`).
///
/// A type of its own takes requests and gives responses, with the helpers that this protocol brings:
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
    /// A result as JSON with status 200; 204 for nil.
    /// - Throws: BadRequest `CANNOT_ENCODE`, here and below.
    public func sendResult(_ value: (any Encodable)?) throws(ApplicationError) -> RestResponse {
        try RestResponse.json(value)
    }

    /// Status 204.
    public func sendEmptyResult() -> RestResponse { RestResponse(status: 204) }

    /// What was created as JSON with status 201; 204 for nil.
    public func sendCreatedResult(_ value: (any Encodable)?) throws(ApplicationError) -> RestResponse {
        try RestResponse.json(value, status: 201)
    }

    /// What was deleted as JSON with status 200; 204 for nil.
    public func sendDeletedResult(_ value: (any Encodable)?) throws(ApplicationError) -> RestResponse {
        try RestResponse.json(value)
    }

    /// An error, with its own status.
    public func sendError(_ context: Context, _ error: any Error) -> RestResponse {
        .error(error, traceId: context.traceId)
    }

    /// Status 400, code `BAD_REQUEST`.
    public func sendBadRequest(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.badRequest(code: "BAD_REQUEST", message))
    }

    /// Status 401, code `UNAUTHORIZED`.
    public func sendUnauthorized(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.unauthorized(code: "UNAUTHORIZED", message))
    }

    /// Status 404, code `NOT_FOUND`.
    public func sendNotFound(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.notFound(code: "NOT_FOUND", message))
    }

    /// Status 409, code `CONFLICT`.
    public func sendConflict(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.conflict(code: "CONFLICT", message))
    }

    /// Status 440, code `SESSION_EXPIRED`.
    public func sendSessionExpired(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.unknown(code: "SESSION_EXPIRED", message).withStatus(440))
    }

    /// Status 500, code `INTERNAL`.
    public func sendInternalError(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.internal(code: "INTERNAL", message))
    }

    /// Status 503, code `SERVER_UNAVAILABLE`.
    public func sendServerUnavailable(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.unknown(code: "SERVER_UNAVAILABLE", message).withStatus(503))
    }

    /// Status 429, code `TOO_MANY_REQUESTS` (of the .NET edition).
    public func sendTooManyRequests(_ context: Context, _ message: String) -> RestResponse {
        sendError(context, ApplicationError.tooManyRequests(code: "TOO_MANY_REQUESTS", message))
    }
}
