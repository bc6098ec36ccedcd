/// Calls another service by REST routes (the toolkit's `RestClient`).
///
/// A service client wraps one and has a method for each operation:
/// ```swift
/// final class BeaconsRestClient: Component {
///     private let rest = RestClient(baseRoute: "v1")
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await rest.call(context, .get, "/beacons/\(RestClient.encode(id))", name: "get_beacon_by_id")
///     }
/// }
/// ```
/// With routes for the service's commands, it is itself a ``Client``.
///
/// Calls fail over between the addresses of the service. A call is retried only if the peer can't have received it, its
/// method is idempotent, or it has an idempotency key. After `options.circuit_failures` consecutive failures, calls to
/// an address fail at once until a probe succeeds; the loss and the recovery are each logged once. `options.timeout`
/// and the context's deadline limit a call including its retries. See ``ResilienceSettings`` for the limits. Counters:
/// `rest.<name>.call_time`, `.in_flight`, `.queue_depth`, and `rest.<host>_<port>.breaker_state` for each address.
public final class RestClient: Component, Openable, Checkable, Client {
    private let baseRouteSetting: Setting<String>
    let settings = RestClientSettings()
    let instruments = Instruments()
    private let resilience = ResilienceSettings()
    private let connection = HTTPConnectionResolver(
        port: 3000, protocols: ["http", "https", InProcessHTTPConnector.localProtocol],
        hostless: [InProcessHTTPConnector.localProtocol],
        needsCertificate: false)
    private let connectorSlot = HTTPConnectorSlot()
    private let meter = DriverMeter("rest")
    private let random = RandomSlot()
    private let clock = ClockSlot()
    private let routes: [ScalarText: RestClientRoute]
    private let opened = Locked<OpenState?>(nil)

    /// The state of an open client.
    final class OpenState: Sendable {
        let connector: any HTTPConnector
        let bulkhead: Bulkhead
        let base: String
        let timeout: Duration?
        let connectTimeout: Duration
        let maxRequest: Int
        let maxResponse: Int
        let place: TraceIdPlace
        let hasKeys: Bool
        let acceptsCompression: Bool
        let operations: ClientOperations

        init(_ client: RestClient, _ connector: any HTTPConnector, _ bulkhead: Bulkhead) {
            self.bulkhead = bulkhead
            let route = RestClient.trim(client.baseRouteSetting())
            self.connector = connector
            base = route.isEmpty ? "" : "/\(route)"
            timeout = client.resilience.timeout
            connectTimeout = client.settings.connectTimeout
            maxRequest = client.settings.maxRequest
            maxResponse = client.settings.maxResponse
            place = client.settings.traceIdPlace
            hasKeys = client.settings.hasIdempotencyKeys
            acceptsCompression = client.settings.acceptsCompression
            operations = ClientOperations(prefix: route)
        }
    }

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - baseRoute: the prefix of all routes; the setting `base_route` replaces it.
    ///   - routes: the routes of commands, for calls by command name.
    public init(baseRoute: String = "", routes: [RestClientRoute] = []) {
        baseRouteSetting = Setting("base_route", default: baseRoute, "The prefix of all routes")
        self.routes = Dictionary(routes.map { (ScalarText($0.command), $0) }, uniquingKeysWith: { $1 })
    }

    /// True while the client is open.
    public var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Resolves the addresses of the service. Does not connect yet.
    ///
    /// The path of a URI is a prefix of all routes; its user and password are sent as `Authorization: Basic`.
    /// - Throws: errors of ``HTTPConnectionResolver/resolveEach(_:)``, such as Misconfiguration `WRONG_PROTOCOL`;
    ///   Misconfiguration `BAD_URI` for an unsupported URI; `READ_FAILED`, `BAD_CERTIFICATE`, `BAD_KEY_FILE` or
    ///   `NO_SSL_CRT_FILE` for the files of the credential.
    public func open(_ context: Context) async throws {
        try settings.check(context)
        let (connector, bulkhead) = try stack.make(context, try await connection.resolveEach(context))
        let state = OpenState(self, connector, bulkhead)
        opened.withLock { $0 = state }
    }

    /// Checks the proxy, the credential files, and the addresses unless they come from a discovery service or a
    /// credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        try settings.check(context)
        _ = try stack.targets(context, try await connection.resolveEach(context))
    }

    /// Releases the addresses. Calls in flight continue.
    public func close(_ context: Context) async throws { opened.withLock { $0 = nil } }

    /// Calls a route and decodes the response (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, which is sent along, and the deadline if set.
    ///   - method: GET, HEAD, POST, PUT, PATCH or DELETE.
    ///   - route: the path below the base route, percent-encoded.
    ///   - params: the query parameters.
    ///   - data: the body, sent as JSON; nil for none.
    ///   - headers: additional header fields, for example an `Idempotency-Key`, which allows retries of a POST.
    ///   - name: the name in logs, counters and traces, after the base route; by default the method. It should not
    ///     contain variable values.
    ///   - type: the type to decode the response as.
    /// - Returns: the result; nil for 204 and an empty response.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``; InvalidState `NOT_OPENED` while the client is not open; BadRequest
    ///   `REQUEST_TOO_LARGE` for a body over `options.request_max_size`; Unknown `UNSUPPORTED_METHOD`.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ method: HTTPMethod, _ route: String, params: RestQueryParams = RestQueryParams(),
        data: (any Encodable & Sendable)? = nil, headers: HeaderFields = [], name: String? = nil,
        as type: Value.Type = Value.self
    ) async throws -> Value? {
        let body = try data.map { try AnyValue(encoding: $0) }
        return try await call(
            context, method, Self.trim(route), params, body, headers, name: name ?? method.rawValue, as: type)
    }

    /// Calls a command by its route.
    /// - Throws: Unsupported `NO_ROUTE` if it has none; as ``Client/callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        guard let route = routes[ScalarText(name)] else {
            throw ApplicationError.unsupported(
                code: "NO_ROUTE",
                "The REST client has no route for '\(name)'"
                    + NearestName.hint(for: name, among: routes.keys.sorted().map(\.text)),
                traceId: context.traceId, details: ["command": .string(name)])
        }
        let call = try route.call(context, arguments.values)
        return try await self.call(
            context, route.method, call.path, call.query, call.body, [], name: name, as: type)
    }

    /// Percent-encodes a string for use as a path segment.
    public static func encode(_ part: String) -> String { PercentCoding.encode(part) }

    // MARK: - Internal

    private var stack: HTTPConnectorStack {
        HTTPConnectorStack(
            slot: connectorSlot, resilience: resilience, meter: meter, connectTimeout: settings.connectTimeout,
            transport: settings.transport)
    }

    /// - Parameter path: the route without leading and trailing slashes.
    func call<Value: Codable & Sendable>(
        _ context: Context, _ method: HTTPMethod, _ path: String, _ query: RestQueryParams, _ body: AnyValue?,
        _ headers: HeaderFields, name: String, as type: Value.Type
    ) async throws -> Value? {
        guard let state = opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
        }
        return try await instruments.run(context, state.operations[name]) {
            let request = try RestCallRequest(state: state, context: context, random: random)
                .make(method, path, query, body, headers)
            var context = context
            if let timeout = state.timeout {
                let end = clock.uptime + timeout
                context.deadline = context.earlier(end)
            }
            let response = try await meter.measure(queueDepth: state.bulkhead.waiting) { [context] in
                try await state.connector.send(context, request)
            }
            let bytes = try await response.body.collect(upTo: state.maxResponse)
            let answer = RestCallAnswer(context: context, request: request, status: response.status, bytes: bytes)
            guard let value = try answer.value() else { return nil }
            // Common in code that does not know the result type.
            if Value.self == AnyValue.self, let value = value as? Value { return value }
            return try value.decode(type)
        }
    }

    static func trim(_ route: String) -> String {
        guard route.begins(with: "/") || route.utf8.last == UInt8(ascii: "/") else { return route }
        return route.parts(separatedBy: "/", omittingEmpty: true).joined(separator: "/")
    }
}
