/// A route of an ``HTTPEndpoint``: a method and a path, and what answers there.
///
/// A part of the path that starts with a colon stands for any text: `/beacons/:beacon_id`.
/// ```swift
/// RestRoute(.get, "/beacons/:beacon_id") { context, request in
///     try await self.service().getBeacon(context, id: request.parameter("beacon_id"))
/// }
/// ```
/// What the closure returns is sent as JSON, nil as 204 without a body; what it throws as an ``ErrorDescription``.
public struct RestRoute: Sendable {
    /// What answers a request.
    public typealias Handler = @Sendable (Context, RestRequest) async throws -> RestResponse

    /// The method.
    public var method: HTTPMethod
    /// The path.
    public var path: String
    /// What answers.
    public var handler: Handler
    /// What it is called in logs, counters and traces; by default its method and path.
    public var name: String?
    /// What the path parameters, the query and the body, as `body`, must be like.
    public var schema: (any Schema)?
    /// Who may call; everybody by default. ``authorized(by:)`` sets it.
    public var authorizer: RestAuthorizer?
    /// True when the route answers also while the endpoint is in maintenance or has too many requests.
    var isServedAlways = false
    /// What its OpenAPI document says.
    var facts = RestRouteFacts()

    /// A route that makes its response itself.
    public init(
        _ method: HTTPMethod, _ path: String, name: String? = nil, schema: (any Schema)? = nil,
        response handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.name = name
        self.schema = schema
        self.handler = handler
    }

    /// A route that returns a value. `status` is that of an answer with a value, such as 201.
    public init<Value: Encodable & Sendable>(
        _ method: HTTPMethod, _ path: String, name: String? = nil, schema: (any Schema)? = nil, status: Int = 200,
        _ handler: @escaping @Sendable (Context, RestRequest) async throws -> Value?
    ) {
        self.init(method, path, name: name, schema: schema) { context, request in
            try RestResponse.json(try await handler(context, request), status: status)
        }
        facts = RestRouteFacts(Value.self, status: status)
    }

    /// A route that takes a JSON body of a type and returns a value. Without a schema the body is checked by that of its
    /// type, see ``DerivedSchema``.
    public init<Body: Decodable & Sendable, Value: Encodable & Sendable>(
        _ method: HTTPMethod, _ path: String, name: String? = nil, schema: (any Schema)? = nil, status: Int = 200,
        _ handler: @escaping @Sendable (Context, RestRequest, Body) async throws -> Value?
    ) {
        let bodySchema = schema == nil ? BodySchema<Body>() : nil
        self.init(method, path, name: name, schema: schema) { context, request in
            if let bodySchema { try await bodySchema.check(request, context) }
            let body = try await request.decode(Body.self)
            return try RestResponse.json(try await handler(context, request, body), status: status)
        }
        facts = RestRouteFacts(Value.self, status: status)
        facts.body = { DerivedSchema.of(Body.self) }
    }
}

// MARK: - Internal

/// The schema of a body by its type, which is found when the first request comes.
private final class BodySchema<Body: Decodable>: Sendable {
    private let known = Locked<ObjectSchema?>(nil)

    func check(_ request: RestRequest, _ context: Context) async throws {
        let body = try await request.body.json() ?? .null
        try schema.validateAndThrow(traceId: context.traceId, ["body": body])
    }

    private var schema: ObjectSchema {
        if let known = known.current { return known }
        let schema = ObjectSchema(allowUndefined: true).withOptionalProperty("body", DerivedSchema.of(Body.self))
        known.withLock { $0 = schema }
        return schema
    }
}

/// Lets routes be written one below the other.
@resultBuilder
public enum RestRouteBuilder {
    /// One route.
    public static func buildExpression(_ route: RestRoute) -> [RestRoute] { [route] }
    /// Several routes.
    public static func buildExpression(_ routes: [RestRoute]) -> [RestRoute] { routes }
    /// Routes one below the other.
    public static func buildBlock(_ parts: [RestRoute]...) -> [RestRoute] { parts.flatMap { $0 } }
    /// Routes under a condition.
    public static func buildOptional(_ part: [RestRoute]?) -> [RestRoute] { part ?? [] }
    /// The first branch of a condition.
    public static func buildEither(first part: [RestRoute]) -> [RestRoute] { part }
    /// The second branch of a condition.
    public static func buildEither(second part: [RestRoute]) -> [RestRoute] { part }
    /// Routes from a loop.
    public static func buildArray(_ parts: [[RestRoute]]) -> [RestRoute] { parts.flatMap { $0 } }
}
