/// Calls a Google Cloud function over HTTP (the toolkit's `CloudFunctionClient`): `POST` with the arguments, `cmd` and
/// `trace_id` as a JSON object.
///
/// A service client wraps one and has a method for each action:
/// ```swift
/// final class BeaconsFunctionClient: Component {
///     private let function = CloudFunctionClient()
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await function.call(context, "beacons.get_beacon_by_id", ["beacon_id": .string(id)])
///     }
/// }
/// ```
/// `credential.auth_token` is sent as `Authorization: Bearer`. Without it, `credential.account` selects a service
/// account whose identity token, issued by the metadata server for the function's URL, is sent instead. `default` is
/// the account of the calling service.
///
/// A call is retried only if the function can't have received it. `options.timeout` and the context's deadline limit a
/// call including its retries. See ``ResilienceSettings`` for the limits.
public final class CloudFunctionClient: Component, Openable, Checkable {
    private let connection = GCPConnectionResolver()
    private let tokens = GCPIdentityTokens()
    private let resilience = ResilienceSettings()
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "How long connecting may take, in ms; 0 for no limit")
    private let responseMaxSize = Setting(
        "options.response_max_size", default: 67_108_864, in: 0..., "The largest body of an answer, in bytes; 0 for any"
    )
    private let instruments = Instruments()
    private let slot = HTTPConnectorSlot()
    private let meter = DriverMeter("cloudfunc")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let operations = ClientOperations(prefix: "")
    private let opened = Locked<OpenState?>(nil)

    private struct OpenState {
        let connector: BulkheadHTTPConnector
        let target: GCPConnectionParams
    }

    /// Creates a client.
    public init() {}

    /// True while the client is open.
    public var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Resolves the address of the function. Does not connect yet.
    /// - Throws: as ``GCPConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws {
        let target = try await connection.resolve(context)
        let connector = try stack.make(context, [Self.address(target)]).connector
        opened.displace { opened in
            defer { opened = OpenState(connector: connector, target: target) }
            return opened
        }
    }

    /// Checks the address, unless it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        _ = try stack.targets(context, [Self.address(try await connection.resolve(context))])
    }

    /// Releases the address. Calls in flight continue.
    public func close(_ context: Context) async throws { opened.displace { $0.take() } }

    /// Calls an action of the function (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, which is sent along, and the deadline if set.
    ///   - cmd: the name of the action.
    ///   - arguments: the arguments by name.
    ///   - type: the type to decode the result as.
    /// - Returns: the result; nil for 204 and an empty response.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``; Unknown `NO_COMMAND` for an empty name; InvalidState `NOT_OPENED`
    ///   while the client is not open.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ arguments: Parameters = Parameters(), as type: Value.Type = Value.self
    ) async throws -> Value? {
        guard !cmd.isEmpty else {
            throw ApplicationError.unknown(
                code: "NO_COMMAND", "The name of the action is missing", traceId: context.traceId)
        }
        guard let state = opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
        }
        return try await instruments.run(context, operations[cmd]) {
            var context = context
            if let timeout = resilience.timeout { context.deadline = context.earlier(clock.uptime + timeout) }
            var request = request(context, cmd, arguments)
            if let token = try await token(context, state.target) {
                request.headers.append(("Authorization", "Bearer \(token)"))
            }
            let response = try await meter.measure(queueDepth: 0) { [context, request] in
                try await state.connector.send(context, request)
            }
            if response.status == 401 { tokens.clear() }
            let bytes = try await response.body.collect(upTo: maximumSize)
            let answer = RestCallAnswer(context: context, request: request, status: response.status, bytes: bytes)
            return try answer.value().map { try $0.decode(type) }
        }
    }

    // MARK: - Internal

    private var maximumSize: Int { responseMaxSize() > 0 ? responseMaxSize() : .max }

    private var stack: HTTPConnectorStack {
        HTTPConnectorStack(
            slot: slot, resilience: resilience, meter: meter,
            connectTimeout: connectTimeout() > .zero ? connectTimeout() : .never, transport: { _ in HTTPTransport() })
    }

    /// The connection in the format of HTTP clients.
    private static func address(_ target: GCPConnectionParams) -> ConfigParams {
        let parts = ConnectionURI(target.uri ?? "")
        var address = ConfigParams()
        address["uri"] = target.uri
        address["protocol"] = parts.protocol?.asciiLowercased
        address["host"] = parts.servers.first?.host
        address["port"] = parts.servers.first?.port
        return address
    }

    private func token(_ context: Context, _ target: GCPConnectionParams) async throws -> String? {
        if let token = target.authToken { return token }
        guard let account = target.account else { return nil }
        return try await tokens.token(context, account: account, audience: target.uri ?? "")
    }

    private func request(_ context: Context, _ cmd: String, _ arguments: Parameters) -> HTTPClientRequest {
        var body = arguments.values
        body["cmd"] = .string(cmd)
        if let traceId = context.traceId { body["trace_id"] = .string(traceId) }
        // The URL without a trailing slash.
        var request = HTTPClientRequest(
            .post, "", body: HTTPBody(JSONWriter.bytes(of: .map(body))),
            connectTimeout: connectTimeout() > .zero ? connectTimeout() : nil, maxResponseSize: maximumSize)
        request.headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
        if let parent = context.traceParent?.child(random) {
            request.headers.append((HTTPFieldNames.traceParent, parent.description))
            if let state = parent.state { request.headers.append((HTTPFieldNames.traceState, state)) }
        }
        return request
    }
}
