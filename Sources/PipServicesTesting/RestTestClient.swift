import PipServices

/// Sends requests to an ``HTTPEndpoint`` in the same process, without a socket.
///
/// ```swift
/// let client = try RestTestClient(container)
/// let beacon = try await client.post("/v1/beacons", ["site_id": "1", "udi": "001"]).decode(Beacon.self, status: 201)
/// try await client.get("/v1/beacons/\(beacon.id)").expect(status: 200)
/// try await client.post("/v1/beacons", ["site_id": 1]).expect(error: "INVALID_DATA", status: 400)
/// ```
/// A request is processed like one from the network, by `HTTPEndpoint.respond(to:)`: limits, authentication,
/// interceptors, the route. Only connection data is missing: addresses, and the header fields that the server adds to
/// each response, such as `Date`.
public struct RestTestClient: Sendable {
    private let endpoint: HTTPEndpoint
    /// Header fields of every request.
    public var headers: HeaderFields = []

    /// Creates a client for an endpoint, which need not be open.
    public init(_ endpoint: HTTPEndpoint) { self.endpoint = endpoint }

    /// Creates a client for the endpoint of a container. If there are several, it uses the last one of the
    /// configuration.
    /// - Throws: Internal `REF_ERROR` if there is none.
    public init(_ container: Container) throws(ApplicationError) {
        self.init(try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self))
    }

    /// Returns a copy of the client with an additional header field.
    public func with(header name: String, _ value: String) -> RestTestClient {
        var client = self
        client.headers.append((name, value))
        return client
    }

    /// Returns a copy of the client with `Authorization: Bearer` and a token, replacing other credentials.
    public func authorized(by token: String) -> RestTestClient {
        var client = self
        client.headers.removeAll { $0.name.lowercased() == "authorization" }
        return client.with(header: "Authorization", "Bearer \(token)")
    }

    /// Returns a copy of the client that is signed in as a user, see ``TestToken/sign(_:secret:claims:)``.
    /// - Throws: Unsupported `NOT_COMPILED_IN` without the package trait `JWT`.
    public func authorized(as user: RestUser, secret: String) async throws -> RestTestClient {
        authorized(by: try await TestToken.sign(user, secret: secret))
    }

    /// Sends a request without a body to a target such as `/items?skip=5`.
    /// - Throws: the error of a streamed response.
    public func send(_ method: HTTPMethod, _ target: String) async throws -> RestTestResponse {
        try await send(RestRequest(method, target))
    }

    /// Sends a request with a body that is encoded as JSON.
    /// - Throws: BadRequest `CANNOT_ENCODE` if the body can't be encoded; the error of a streamed response.
    public func send(_ method: HTTPMethod, _ target: String, _ body: some Encodable) async throws -> RestTestResponse {
        try await send(method, target, AnyValue(encoding: body))
    }

    /// Sends a request with a JSON body.
    /// - Throws: the error of a streamed response.
    public func send(_ method: HTTPMethod, _ target: String, _ body: AnyValue) async throws -> RestTestResponse {
        let type = (name: "Content-Type", value: "application/json")
        let bytes = Array(JSONConverter.toJSON(body).utf8)
        return try await send(RestRequest(method, target, headers: [type], body: RestBody(bytes)))
    }

    /// Sends any request, even a malformed one. The header fields of the client follow those of the request.
    /// - Throws: the error of a streamed response.
    public func send(_ request: RestRequest) async throws -> RestTestResponse {
        var request = request
        if !headers.isEmpty { request.headers += headers }
        let response = try await endpoint.respond(to: request).collected()
        return RestTestResponse(response, to: "\(request.method.rawValue) \(request.path)")
    }

    /// Sends a `GET` request, see ``send(_:_:)``.
    public func get(_ target: String) async throws -> RestTestResponse { try await send(.get, target) }

    /// Sends a `DELETE` request, see ``send(_:_:)``.
    public func delete(_ target: String) async throws -> RestTestResponse { try await send(.delete, target) }

    /// Sends a `POST` request with a body that is encoded as JSON, see ``send(_:_:_:)``.
    public func post(_ target: String, _ body: some Encodable) async throws -> RestTestResponse {
        try await send(.post, target, body)
    }

    /// Sends a `POST` request with a JSON body.
    public func post(_ target: String, _ body: AnyValue) async throws -> RestTestResponse {
        try await send(.post, target, body)
    }

    /// Sends a `PUT` request with a body that is encoded as JSON, see ``send(_:_:_:)``.
    public func put(_ target: String, _ body: some Encodable) async throws -> RestTestResponse {
        try await send(.put, target, body)
    }

    /// Sends a `PUT` request with a JSON body.
    public func put(_ target: String, _ body: AnyValue) async throws -> RestTestResponse {
        try await send(.put, target, body)
    }
}
