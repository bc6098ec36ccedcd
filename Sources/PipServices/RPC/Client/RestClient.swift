/// Calls another service by REST routes (the toolkit's `RestClient`).
///
/// A client of a service holds one, and has a method for each operation:
/// ```swift
/// final class BeaconsRestClient: Component {
///     private let rest = RestClient(baseRoute: "v1")
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await rest.call(context, .get, "/beacons/\(RestClient.encode(id))", name: "get_beacon_by_id")
///     }
/// }
/// ```
/// Or it is a ``Client`` by itself, with routes for the commands of the service.
///
/// Calls fail over from one address of the service to the next. They are tried again only where the peer can't have got
/// them, the method is idempotent, or they have an idempotency key. After `options.circuit_failures` failures in a
/// row an address is down: calls to it fail at once until one that tries it succeeds, and its loss and its recovery are
/// logged once each. `options.timeout`, and the context's deadline, bound a call with all its tries. See
/// ``ResilienceSettings`` for the limits. Counters:
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

    /// What opening gives.
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
    ///   - baseRoute: what all routes start with; the setting `base_route` replaces it.
    ///   - routes: how commands are called, for users that call them by name.
    public init(baseRoute: String = "", routes: [RestClientRoute] = []) {
        baseRouteSetting = Setting("base_route", default: baseRoute, "What all routes start with")
        self.routes = Dictionary(routes.map { (ScalarText($0.command), $0) }, uniquingKeysWith: { $1 })
    }

    /// True while the client is open.
    public var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Finds the addresses of the service. Nothing is connected yet.
    ///
    /// The path of a URI precedes all routes, and its user and password are sent as `Authorization: Basic`.
    /// - Throws: what ``HTTPConnectionResolver/resolveEach(_:)`` throws, such as Misconfiguration `WRONG_PROTOCOL`;
    ///   Misconfiguration `BAD_URI` for a URI that cannot be used as a whole; `READ_FAILED`, `BAD_CERTIFICATE`,
    ///   `BAD_KEY_FILE` and `NO_SSL_CRT_FILE` for the files of the credential.
    public func open(_ context: Context) async throws {
        try settings.check(context)
        let (connector, bulkhead) = try stack.make(context, try await connection.resolveEach(context))
        let state = OpenState(self, connector, bulkhead)
        opened.withLock { $0 = state }
    }

    /// Checks the addresses, unless a discovery service or a credential store has to be asked for them, the files of the
    /// credential and the proxy.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        try settings.check(context)
        _ = try stack.targets(context, try await connection.resolveEach(context))
    }

    /// Lets go of the addresses. Calls in flight end by themselves.
    public func close(_ context: Context) async throws { opened.withLock { $0 = nil } }

    /// Calls a route, and reads the answer (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, which goes along, and the deadline if there is one.
    ///   - method: GET, HEAD, POST, PUT, PATCH or DELETE.
    ///   - route: the path under the base route, encoded.
    ///   - params: the query.
    ///   - data: the body, sent as JSON; nil for none.
    ///   - headers: header fields to send beside the usual ones, such as an `Idempotency-Key` that lets a POST be tried
    ///     again.
    ///   - name: what the call goes by in logs, counters and traces, after the base route; by default the method. It
    ///     should not hold values.
    ///   - type: what the answer is read as.
    /// - Returns: the result; nil for 204 and an empty answer.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``; InvalidState `NOT_OPENED` while the client is not open; BadRequest
    ///   `REQUEST_TOO_LARGE` for a body over `options.request_max_size`; Unknown `UNSUPPORTED_METHOD`.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ method: HTTPMethod, _ route: String, params: RestQueryParams = RestQueryParams(),
        data: (any Encodable & Sendable)? = nil, headers: [(name: String, value: String)] = [], name: String? = nil,
        as type: Value.Type = Value.self
    ) async throws -> Value? {
        let body = try data.map { try AnyValue(encoding: $0) }
        return try await call(
            context, method, Self.trim(route), params, body, headers, name: name ?? method.rawValue, as: type)
    }

    /// Calls a command by the route that the client was created with for it.
    /// - Throws: Unsupported `NO_ROUTE` when there is none; as ``Client/callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        guard let route = routes[ScalarText(name)] else {
            throw ApplicationError.unsupported(
                code: "NO_ROUTE",
                "The REST client has no route for '\(name)'"
                    + Spelling.hint(for: name, among: routes.keys.sorted().map(\.text)),
                traceId: context.traceId, details: ["command": .string(name)])
        }
        let call = try route.call(context, arguments.values)
        return try await self.call(
            context, route.method, call.path, call.query, call.body, [], name: name, as: type)
    }

    /// A text as a part of a route: with all that has a meaning in a URL percent-encoded.
    public static func encode(_ part: String) -> String { PercentCoding.encode(part) }

    // MARK: - Internal

    private var stack: HTTPConnectorStack {
        HTTPConnectorStack(
            slot: connectorSlot, resilience: resilience, meter: meter, connectTimeout: settings.connectTimeout,
            transport: settings.transport)
    }

    /// - Parameter path: the route without slashes at its ends.
    func call<Value: Codable & Sendable>(
        _ context: Context, _ method: HTTPMethod, _ path: String, _ query: RestQueryParams, _ body: AnyValue?,
        _ headers: [(name: String, value: String)], name: String, as type: Value.Type
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
            // The usual case of code that does not know what it gets.
            if Value.self == AnyValue.self, let value = value as? Value { return value }
            return try value.decode(type)
        }
    }

    static func trim(_ route: String) -> String {
        guard route.begins(with: "/") || route.utf8.last == UInt8(ascii: "/") else { return route }
        return route.parts(separatedBy: "/", omittingEmpty: true).joined(separator: "/")
    }
}
