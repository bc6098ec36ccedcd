/// Sends the requests of a driver to a system with one or several addresses. A component that the driver holds, which
/// opens and closes it.
///
/// Requests fail over from one address to the next and are tried again as those of a ``RestClient`` are; the settings are
/// those of ``ResilienceSettings``.
final class HTTPDriverClient: Component {
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "How long connecting may take, in ms; 0 for no limit")
    private let proxy = Setting<String?>(
        "options.proxy", default: nil, secret: true, "The proxy, such as http://proxy:3128; none by default")
    private let resolver: HTTPConnectionResolver
    private let resilience: ResilienceSettings
    private let slot = HTTPConnectorSlot()
    private let opened = Locked<BulkheadHTTPConnector?>(nil)
    /// Counts and logs what the client does.
    let meter: DriverMeter

    /// - Parameters:
    ///   - driver: the name of the driver in counters.
    ///   - port: the port where none is configured.
    ///   - isOptional: true if there need not be a connection.
    init(_ driver: String, port: Int, isOptional: Bool, resilience: ResilienceSettings) {
        meter = DriverMeter(driver)
        resolver = HTTPConnectionResolver(port: port, needsCertificate: false, isOptional: isOptional)
        self.resilience = resilience
    }

    /// True if there is a connection to send to.
    var isConfigured: Bool { resolver.isConfigured }

    /// True between ``open(_:)`` and ``close()``.
    var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Finds the addresses. Nothing is connected yet.
    /// - Throws: what ``HTTPConnectionResolver/resolveEach(_:)`` throws; Misconfiguration `BAD_URI`.
    func open(_ context: Context) async throws {
        let connections = try await resolver.resolveEach(context)
        let stack = HTTPConnectorStack(
            slot: slot, resilience: resilience, meter: meter,
            connectTimeout: connectTimeout() > .zero ? connectTimeout() : .never, transport: transport)
        let connector = try stack.make(context, connections).connector
        opened.withLock { $0 = connector }
    }

    /// Lets go of the addresses.
    func close() { opened.displace { $0.take() } }

    /// Sends a request to a path, within `options.timeout`.
    /// - Throws: InvalidState `NOT_OPENED`; as ``HTTPConnector/send(_:_:)``.
    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        guard let connector = opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
        }
        var (context, request) = (context, request)
        request.connectTimeout = connectTimeout() > .zero ? connectTimeout() : nil
        if let timeout = resilience.timeout {
            let end = resilience.clockSource.uptime + timeout
            context.deadline = context.deadline.map { min($0, end) } ?? end
        }
        return try await meter.measure(queueDepth: 0) { [context, request] in
            try await connector.send(context, request)
        }
    }

    // MARK: - Internal

    private func transport(_ connection: ConfigParams) -> HTTPTransport {
        var transport = HTTPTransport()
        transport.proxy = proxy()
        transport.caFile = connection.text("ssl_ca_file")
        transport.certificateFile = connection.text("ssl_crt_file")
        transport.keyFile = connection.text("ssl_key_file")
        return transport
    }
}
