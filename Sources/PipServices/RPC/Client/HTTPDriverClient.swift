import FoundationEssentials

/// Sends a driver's requests to a system with one or several addresses. It is a child component: the driver opens and
/// closes it.
///
/// Requests fail over and are retried as those of a ``RestClient``; see ``ResilienceSettings``. A user name with
/// password, or an API key, is sent as `Authorization`.
final class HTTPDriverClient: Component, Checkable {
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The timeout of connecting, in ms; 0 for no limit")
    private let proxy = Setting<String?>(
        "options.proxy", default: nil, secret: true, "The proxy, such as http://proxy:3128; none by default")
    private let username = Setting<String?>(
        "credential.username", aliases: ["credential.user"], default: nil, "The user's name")
    private let password = Setting<String?>(
        "credential.password", aliases: ["credential.pass"], default: nil, secret: true, "The user's password")
    private let accessId = Setting<String?>(
        "credential.access_id", aliases: ["credential.client_id"], default: nil,
        "The id of an API key, if `access_key` is the secret alone")
    private let accessKey = Setting<String?>(
        "credential.access_key", aliases: ["credential.client_key", "credential.secret_key"], default: nil,
        secret: true, "An API key")
    private let resolver: HTTPConnectionResolver
    /// The limits of its requests.
    let resilience: ResilienceSettings
    private let slot = HTTPConnectorSlot()
    private let opened = Locked<OpenState?>(nil)

    private struct OpenState {
        let connector: BulkheadHTTPConnector
        /// The value of `Authorization`; nil for none.
        let authorization: String?
    }

    /// Counts and logs the client's operations.
    let meter: DriverMeter

    /// - Parameters:
    ///   - driver: the name of the driver in counters.
    ///   - port: the default port.
    ///   - isOptional: true if a connection is not required.
    ///   - timeout: the default time limit for a request, including retries.
    ///   - retriesAliases: alternative keys for the number of retries.
    init(
        _ driver: String, port: Int, isOptional: Bool, timeout: Duration = .seconds(10), retriesAliases: [String] = []
    ) {
        meter = DriverMeter(driver)
        resolver = HTTPConnectionResolver(port: port, needsCertificate: false, isOptional: isOptional)
        resilience = ResilienceSettings(timeout: timeout, retriesAliases: retriesAliases)
    }

    /// True if a connection is configured.
    var isConfigured: Bool { resolver.isConfigured }

    /// True between ``open(_:)`` and ``close()``.
    var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Resolves the addresses. Does not connect yet.
    /// - Throws: errors of ``HTTPConnectionResolver/resolveEach(_:)``; Misconfiguration `BAD_URI`.
    func open(_ context: Context) async throws {
        try RestClientSettings.check(context, proxy: proxy())
        let connections = try await resolver.resolveEach(context)
        let state = OpenState(
            connector: try stack.make(context, connections).connector,
            authorization: Self.authorization(try await resolver.credential(context)))
        opened.displace { opened in
            defer { opened = state }
            return opened
        }
    }

    /// Checks the proxy, the credential files, and the addresses unless they come from discovery.
    /// - Throws: as ``open(_:)``.
    func checkConfiguration(_ context: Context) async throws {
        guard isConfigured, !resolver.needsLookup else { return }
        try RestClientSettings.check(context, proxy: proxy())
        _ = try stack.targets(context, try await resolver.resolveEach(context))
    }

    /// Releases the addresses.
    func close() { opened.displace { $0.take() } }

    /// Sends a request to a path, within `options.timeout`.
    /// - Throws: InvalidState `NOT_OPENED`; as ``HTTPConnector/send(_:_:)``.
    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        guard let state = opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
        }
        var (context, request) = (context, request)
        if let authorization = state.authorization { request.headers.append(("Authorization", authorization)) }
        request.connectTimeout = connectTimeout() > .zero ? connectTimeout() : nil
        if let timeout = resilience.timeout {
            let end = resilience.clockSource.uptime + timeout
            context.deadline = context.deadline.map { min($0, end) } ?? end
        }
        return try await meter.measure(queueDepth: 0) { [context, request] in
            try await state.connector.send(context, request)
        }
    }

    // MARK: - Internal

    private var stack: HTTPConnectorStack {
        HTTPConnectorStack(
            slot: slot, resilience: resilience, meter: meter,
            connectTimeout: connectTimeout() > .zero ? connectTimeout() : .never, transport: transport)
    }

    /// User name and password, or an API key: `access_key` as issued by the server, or its secret with `access_id`.
    private static func authorization(_ credential: CredentialParams?) -> String? {
        if let key = credential?.accessKey {
            return "ApiKey " + (credential?.accessId.map { base64("\($0):\(key)") } ?? key)
        }
        guard let credential, credential.username != nil || credential.password != nil else { return nil }
        return "Basic " + base64("\(credential.username ?? ""):\(credential.password ?? "")")
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private func transport(_ connection: ConfigParams) -> HTTPTransport {
        var transport = HTTPTransport()
        transport.proxy = proxy()
        transport.caFile = connection.text("ssl_ca_file")
        transport.certificateFile = connection.text("ssl_crt_file")
        transport.keyFile = connection.text("ssl_key_file")
        return transport
    }
}
