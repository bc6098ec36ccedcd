/// A route of an ``HTTPEndpoint``: a method, a path, and a handler.
///
/// A segment of the path that starts with a colon is a parameter, which matches any string: `/beacons/:beacon_id`.
/// ```swift
/// RestRoute(.get, "/beacons/:beacon_id") { context, request in
///     try await service.getBeaconById(context, request.parameter("beacon_id"))
/// }
/// ```
/// The closure's value is sent as JSON, nil or no value as status 204 without a body, and an error as an
/// ``ErrorDescription``. A closure with several statements that can return nil, or returns nothing, must state its
/// type: `{ context, request -> Beacon? in ... }`.
public struct RestRoute: Sendable {
    /// Handles a request.
    public typealias Handler = @Sendable (Context, RestRequest) async throws -> RestResponse

    /// The method.
    public var method: HTTPMethod
    /// The path.
    public var path: String
    /// Handles the requests of the route.
    public var handler: Handler
    /// The name in logs, counters and traces; by default the method and the path.
    public var name: String?
    /// Validates the path parameters, the query and, as `body`, the JSON body. A body that the schema does not mention
    /// is not read.
    public var schema: (any Schema)?
    /// Decides which callers are admitted; nil admits everybody. ``authorized(by:)`` sets it.
    public var authorizer: RestAuthorizer?
    /// True if the route also serves requests during maintenance and overload.
    var isServedAlways = false
    /// True if the endpoint's `authorize` and `roles` do not apply: the controller has its own, or the route is a
    /// probe.
    var ignoresEndpointAccess = false
    /// The description for OpenAPI documents.
    var metadata = RestRouteMetadata()

    /// Creates a route whose handler returns a response.
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

    /// Creates a route whose handler returns a value. `status` is the status of the response, such as 201.
    public init<Value: Encodable & Sendable>(
        _ method: HTTPMethod, _ path: String, name: String? = nil, schema: (any Schema)? = nil, status: Int = 200,
        _ handler: @escaping @Sendable (Context, RestRequest) async throws -> Value?
    ) {
        self.init(method, path, name: name, schema: schema) { context, request in
            try RestResponse.json(try await handler(context, request), status: status)
        }
        metadata = RestRouteMetadata(Value.self, status: status)
    }

    // Disfavored, so that a closure that only throws is not ambiguous.
    /// Creates a route whose handler returns nothing. The response has status 204 and no body. A closure with several
    /// statements must declare the result type: `{ context, request -> Void in ... }`.
    @_disfavoredOverload
    public init(
        _ method: HTTPMethod, _ path: String, name: String? = nil, schema: (any Schema)? = nil,
        _ handler: @escaping @Sendable (Context, RestRequest) async throws -> Void
    ) {
        self.init(method, path, name: name, schema: schema) { context, request in
            try await handler(context, request)
            return RestResponse(status: 204)
        }
        metadata.status = 204
    }

    /// Creates a route whose handler accepts a typed JSON body, as below, and returns nothing. The response has status 204
    /// and no body.
    public init<Body: Decodable & Sendable>(
        _ method: HTTPMethod, _ path: String, name: String? = nil, schema: (any Schema)? = nil,
        _ handler: @escaping @Sendable (Context, RestRequest, Body) async throws -> Void
    ) {
        self.init(method, path, name: name, schema: schema) { (context, request, body: Body) -> AnyValue? in
            try await handler(context, request, body)
            return nil
        }
        metadata.result = { nil }
        metadata.status = 204
        metadata.canBeEmpty = false
    }

    /// Creates a route whose handler accepts a typed JSON body and returns a value. Without a schema, the body is
    /// validated by the schema of its type, see ``DerivedSchema``.
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
        metadata = RestRouteMetadata(Value.self, status: status)
        metadata.body = { DerivedSchema.of(Body.self) }
        let hasSchema = schema != nil
        metadata.gaps = {
            let body = hasSchema ? [] : DerivedSchema.gaps(in: Body.self)
            return body.map { $0.placed(in: "body") }
                + DerivedSchema.gapsOfResult(Value.self).map { $0.placed(in: "result") }
        }
    }
}

// MARK: - Internal

/// The schema of a body type, derived at the first request.
private final class BodySchema<Body: Decodable>: Sendable {
    private let known = Locked<ObjectSchema?>(nil)

    func check(_ request: RestRequest, _ context: Context) async throws {
        let body = try await request.body.json() ?? .null
        try schema.validateAndThrow(traceId: context.traceId, ["body": body])
    }

    private var schema: ObjectSchema {
        if let known = known.current { return known }
        // A type that accepts null needs no body.
        let isRequired = !AnyValue.null.findings(decoding: Body.self).isEmpty
        let body = PropertySchema("body", DerivedSchema.of(Body.self), required: isRequired)
        let schema = ObjectSchema(allowUndefined: true).withProperty(body)
        known.withLock { $0 = schema }
        return schema
    }
}

/// Builds a list of routes from consecutive expressions.
@resultBuilder
public enum RestRouteBuilder {
    /// One route.
    public static func buildExpression(_ route: RestRoute) -> [RestRoute] { [route] }
    /// Several routes.
    public static func buildExpression(_ routes: [RestRoute]) -> [RestRoute] { routes }
    /// Consecutive routes.
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
