/// Calls a Google Cloud or Azure function over HTTP: `POST` with the arguments, `cmd` and `trace_id` as a JSON object.
///
/// A child component of a client. It has the client's resilience settings and instruments.
final class HTTPFunctionCaller: Component {
    private let resilience = ResilienceSettings()
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The timeout of connecting, in ms; 0 for no limit")
    private let responseMaxSize = Setting(
        "options.response_max_size", default: 67_108_864, in: 0...,
        "The maximum size of a response body, in bytes; 0 for no limit"
    )
    private let instruments = Instruments()
    private let slot = HTTPConnectorSlot()
    private let meter: DriverMeter
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let operations = ClientOperations(prefix: "")
    private let connector = Locked<BulkheadHTTPConnector?>(nil)

    /// - Parameter driver: the driver's name in counters.
    init(_ driver: String) { meter = DriverMeter(driver) }

    var isOpen: Bool { connector.withLock { $0 != nil } }

    /// Prepares for calls. Opens no connection.
    /// - Throws: as ``HTTPConnectorStack/make(_:_:)``.
    func open(_ context: Context, uri: String) throws {
        let created = try stack.make(context, [Self.address(uri)]).connector
        connector.displace { connector in
            defer { connector = created }
            return connector
        }
    }

    /// Checks the address.
    /// - Throws: as ``open(_:uri:)``.
    func check(_ context: Context, uri: String) throws { _ = try stack.targets(context, [Self.address(uri)]) }

    /// Releases the address. Calls in flight are completed.
    func close() { connector.displace { $0.take() } }

    /// Calls an action.
    ///
    /// - Parameters:
    ///   - authorization: returns the header field that authorizes a call; nil for none.
    ///   - onRefusal: called when the function responds with 401.
    /// - Returns: the result; nil for 204 and an empty response.
    func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ arguments: Parameters, as type: Value.Type,
        authorization: @escaping @Sendable (Context) async throws -> (name: String, value: String)?,
        onRefusal: @escaping @Sendable () -> Void = {}
    ) async throws -> Value? {
        guard !cmd.isEmpty else {
            throw ApplicationError.unknown(
                code: "NO_COMMAND", "The name of the action is missing", traceId: context.traceId)
        }
        guard let connector = connector.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
        }
        return try await instruments.run(context, operations[cmd]) {
            var context = context
            if let timeout = resilience.timeout { context.deadline = context.earlier(clock.uptime + timeout) }
            var request = request(context, cmd, arguments)
            if let field = try await authorization(context) { request.headers.append(field) }
            let response = try await meter.measure(queueDepth: 0) { [context, request] in
                try await connector.send(context, request)
            }
            if response.status == 401 { onRefusal() }
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

    /// Returns the connection parameters of an address.
    private static func address(_ uri: String) -> ConfigParams {
        let parts = ConnectionURI(uri)
        var address = ConfigParams()
        address["uri"] = uri
        address["protocol"] = parts.protocol?.asciiLowercased
        address["host"] = parts.servers.first?.host
        address["port"] = parts.servers.first?.port
        return address
    }

    private func request(_ context: Context, _ cmd: String, _ arguments: Parameters) -> HTTPClientRequest {
        var body = arguments.values
        body["cmd"] = .string(cmd)
        if let traceId = context.traceId { body["trace_id"] = .string(traceId) }
        // The address itself, without a trailing slash.
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
