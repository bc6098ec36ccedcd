#if PIP_AZURE
import FoundationEssentials

/// Sends a component's requests to one Azure service: signs and retries them, and renews tokens. A child component,
/// opened and closed by its owner.
final class AzureClient: Component, Checkable {
    private let connectTimeout: Setting<Duration>
    private let proxy = Setting<String?>(
        "options.proxy", default: nil, secret: true, "The proxy, such as http://proxy:3128; none by default")
    private let slot = HTTPConnectorSlot()
    private let logger = CompositeLogger()
    private let random = RandomSlot()
    private let opened = Locked<AzureSession?>(nil)
    private let environment: @Sendable () -> AzureEnvironment
    let resolver = AzureConnectionResolver()
    let resilience: ResilienceSettings
    let service: AzureService
    /// Counts and logs the client's operations.
    let meter: DriverMeter

    /// - Parameters:
    ///   - timeout: the default timeout of a request with all its retries.
    ///   - connectTimeout: the default timeout of a connection attempt.
    init(
        _ service: AzureService, timeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(10),
        environment: @escaping @Sendable () -> AzureEnvironment = { .process }
    ) {
        self.service = service
        self.environment = environment
        meter = DriverMeter(service.name)
        resilience = ResilienceSettings(timeout: timeout)
        self.connectTimeout = Setting(
            "options.connect_timeout", default: connectTimeout, in: Duration.zero...,
            "The timeout of connecting, in ms; 0 for no limit")
    }

    /// True between ``open(_:)`` and ``close()``.
    var isOpen: Bool { opened.withLock { $0 != nil } }

    /// The current session, for requests that must still be sent after ``close()``; nil while the client is closed.
    var session: AzureSession? { opened.current }

    /// Resolves the address and the credentials. Sends nothing.
    /// - Throws: the errors of ``AzureConnectionResolver/resolve(_:)``; Misconfiguration `BAD_URI`, `NO_ACCESS_ID`,
    ///   `NO_ACCESS_KEY`, `BAD_ACCESS_KEY`; the errors of an identity.
    @discardableResult
    func open(_ context: Context) async throws -> AzureConnectionParams {
        let params = try await resolver.resolve(context)
        let session = try makeSession(context, params)
        opened.displace { opened in
            defer { opened = session }
            return opened
        }
        return params
    }

    /// Checks the configuration and the environment, unless a part of the configuration comes from a discovery service
    /// or a credential store.
    /// - Throws: the Misconfiguration errors of ``open(_:)``.
    func checkConfiguration(_ context: Context) async throws {
        guard !resolver.needsLookup else { return }
        _ = try makeSession(context, try await resolver.resolve(context))
    }

    func close() { opened.displace { $0.take() } }

    /// Sends a request and returns the response, whose status is 2xx.
    ///
    /// - Parameter session: the session to use; by default the current one.
    /// - Throws: InvalidState `NOT_OPENED`; errors of ``AzureFailure/error(_:_:_:)``, whose `azureCode` is the error
    ///   code of Azure; NoResponse with a code of ``HTTPFailure``.
    func send(
        _ context: Context, _ request: AzureRequest, by session: AzureSession? = nil
    ) async throws -> HTTPClientResponse {
        guard let session = session ?? opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client of \(service.name) is not open", traceId: context.traceId)
        }
        return try await meter.measure(queueDepth: 0) { try await session.send(context, request) }
    }

    /// Sends a request and parses the JSON of the response.
    /// - Throws: as ``send(_:_:by:)``; NoResponse `BAD_RESPONSE`.
    func call(_ context: Context, _ request: AzureRequest) async throws -> AnyValue {
        let bytes = try await send(context, request).body.bytes ?? []
        guard !bytes.isEmpty else { return .null }
        guard let value = try? JSONParser.parse(bytes) else { throw badResponse(context, request.operation) }
        return value
    }

    /// Returns the error for an invalid response.
    func badResponse(_ context: Context, _ operation: String) -> ApplicationError {
        .connection(
            code: HTTPFailure.badResponse, "\(service.name) sent a response to \(operation) that can't be read",
            traceId: context.traceId)
    }

    // MARK: - Internal

    /// Returns the authorization of requests.
    private func authorization(
        _ context: Context, _ params: AzureConnectionParams, _ endpoint: String, _ transport: HTTPTransport
    ) throws(ApplicationError) -> AzureAuthorization {
        if service.kind == .queue || service.kind == .table {
            if let key = params.accountKey {
                guard let name = params.accountName else { throw AzureConnectionParams.noAccessId(context) }
                return .sharedKey(try AzureSharedKey(accountName: name, accountKey: key, context: context))
            }
            if let token = params.sasToken {
                let token = token.dropping(prefix: "?").map { String($0) } ?? token
                guard token.contains(text: "sig="), token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    throw .config(
                        code: "BAD_SAS_TOKEN", key: "credential.sas_token",
                        "'credential.sas_token' is (not shown); expected a shared access signature, sv=...&sig=...",
                        traceId: context.traceId)
                }
                return .signature(token)
            }
        }
        // Ingestion needs no identity, and the environment's identity is meant for other services.
        let hasIdentity =
            params.config.text("tenant_id", "client_id", "managed_identity", "ssl_crt_file") != nil
        if service.kind == .insights, !hasIdentity { return .none }
        if let identity = try AzureIdentity.find(context, params, environment()) {
            let slot = slot
            let source = AzureTokenSource(
                identity: identity, resource: service.resource(of: endpoint), transport: transport,
                policy: resilience.retryPolicy, clock: resilience.clockSource, random: random,
                connector: { slot.connector(for: $0) })
            return .tokens(source.tokens(logger: logger))
        }
        switch service.kind {
        case .insights: return .none
        case .queue, .table: throw AzureConnectionParams.noAccessKey(context)
        case .vault:
            throw .config(
                code: "NO_CREDENTIALS", key: "credential.client_id",
                "There are no credentials for Microsoft Entra; expected 'credential.tenant_id', 'credential.client_id' "
                    + "and 'credential.client_secret' or 'credential.ssl_crt_file', or "
                    + "'credential.managed_identity' that is true", traceId: context.traceId)
        }
    }

    private func makeSession(
        _ context: Context, _ params: AzureConnectionParams
    ) throws(ApplicationError) -> AzureSession {
        try RestClientSettings.check(context, proxy: proxy())
        let endpoint = try service.endpoint(context, params)
        var transport = HTTPTransport()
        transport.proxy = proxy()
        if let path = params.config.text("ssl_ca_file") {
            try CredentialFiles.checkCertificates(path, key: "credential.ssl_ca_file")
            transport.caFile = path
        }
        let authorization = try authorization(context, params, endpoint, transport)
        let (resilience, meter, clock) = (resilience, meter, resilience.clockSource)
        let place = HTTPFailure.place(of: endpoint)
        let breaker = resilience.makeCircuitBreaker { state in
            meter.noteBreaker(state)
            switch state {
            case .open: meter.noteLoss(of: place, "too many calls in a row failed")
            case .closed: meter.noteRecovery(of: place)
            case .halfOpen: break
            }
        }
        let limit = connectTimeout() > .zero ? connectTimeout() : .never
        let base = CircuitBreakingHTTPConnector(
            slot.connector(for: endpoint), breaker: breaker, fairTime: min(resilience.fairTime, limit), clock: clock)
        return AzureSession(
            connector: BulkheadHTTPConnector(base, bulkhead: resilience.makeBulkhead()), endpoint: endpoint,
            authorization: authorization, resilience: resilience, budget: resilience.makeRetryBudget(), random: random,
            service: service, connectTimeout: connectTimeout() > .zero ? connectTimeout() : nil, transport: transport)
    }
}

/// A request before its authorization.
struct AzureRequest: Sendable {
    /// The name in messages.
    var operation: String
    var method: HTTPMethod
    /// The encoded path, relative to the address of the service.
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// False for a request that must not be executed twice.
    var isRepeatable = true

    init(
        _ operation: String, _ method: HTTPMethod, _ path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], isRepeatable: Bool = true
    ) {
        self.operation = operation
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.isRepeatable = isRepeatable
    }
}
#endif
