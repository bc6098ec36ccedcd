#if PIP_AWS
import FoundationEssentials

/// Sends a component's requests to one AWS service: signs and retries them, renews credentials and corrects clock skew.
/// A child component, opened and closed by its owner.
final class AWSClient: Component, Checkable {
    private let connectTimeout: Setting<Duration>
    private let proxy = Setting<String?>(
        "options.proxy", default: nil, secret: true, "The proxy, such as http://proxy:3128; none by default")
    private let slot = HTTPConnectorSlot()
    private let logger = CompositeLogger()
    private let random = RandomSlot()
    private let opened = Locked<AWSSession?>(nil)
    let resolver: AWSConnectionResolver
    let resilience: ResilienceSettings
    let service: AWSService
    /// Counts and logs the client's operations.
    let meter: DriverMeter

    /// - Parameters:
    ///   - timeout: the default timeout of a request with all its retries.
    ///   - connectTimeout: the default timeout of a connection attempt.
    init(
        _ service: AWSService, timeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(10),
        environment: @escaping @Sendable () -> AWSEnvironment = { .process }
    ) {
        self.service = service
        meter = DriverMeter(service.name)
        resolver = AWSConnectionResolver(environment: environment)
        resilience = ResilienceSettings(timeout: timeout)
        self.connectTimeout = Setting(
            "options.connect_timeout", default: connectTimeout, in: Duration.zero...,
            "The timeout of connecting, in ms; 0 for no limit")
    }

    /// True between ``open(_:)`` and ``close()``.
    var isOpen: Bool { opened.withLock { $0 != nil } }

    /// The current session, for requests that must still be sent after ``close()``; nil while the client is closed.
    var session: AWSSession? { opened.current }

    /// Resolves the region, the address and the source of the credentials. Sends nothing, unless credentials come from
    /// a service.
    /// - Throws: the errors of ``AWSConnectionResolver/resolve(_:)``; Misconfiguration `BAD_URI`, `NO_CREDENTIALS`.
    @discardableResult
    func open(_ context: Context) async throws -> AWSConnectionParams {
        let params = try await resolver.resolve(context)
        let session = try await session(context, params)
        _ = try await session.credentials.current(context)
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
        let params = try await resolver.resolve(context)
        try RestClientSettings.check(context, proxy: proxy())
        _ = try resolver.endpoint(context, service, params)
        _ = try AWSAuthorities.file(params.config.text("ssl_ca_file"), resolver.present)
        try chain(try await resolver.credential(context)).check(context)
    }

    func close() { opened.displace { $0.take() } }

    /// Calls an operation of a service with a JSON or query protocol.
    ///
    /// - Parameters:
    ///   - input: the parameters by name.
    ///   - patience: the time that the service may take in addition to the usual timeout, for long polls.
    ///   - isRepeatable: false for an operation that must not be executed twice.
    ///   - session: the session to use; by default the current one.
    /// - Throws: InvalidState `NOT_OPENED`; errors of ``AWSFailure/error(_:_:_:)``, whose `awsCode` is the error code
    ///   of AWS; NoResponse with a code of ``HTTPFailure``.
    func call(
        _ context: Context, _ operation: String, _ input: AnyValueMap, patience: Duration = .zero,
        isRepeatable: Bool = true, by session: AWSSession? = nil
    ) async throws -> AnyValue {
        let request: AWSRequest
        switch service.format {
        case .json(let version, let target):
            request = AWSRequest(
                operation,
                headers: [
                    ("Content-Type", "application/x-amz-json-\(version)"), ("X-Amz-Target", "\(target).\(operation)"),
                ], body: JSONWriter.bytes(of: .map(input)), isRepeatable: isRepeatable, patience: patience)
        case .query(let version):
            request = AWSRequest(
                operation, headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
                body: AWSQuery.form(operation, version: version, input), isRepeatable: isRepeatable, patience: patience)
        case .rest: return .null
        }
        let response = try await send(context, request, by: session)
        let bytes = response.body.bytes ?? []
        guard !bytes.isEmpty else { return .null }
        if case .query = service.format {
            guard let value = PlainXML.parse(bytes) else { throw badResponse(context, operation) }
            return value["\(operation)Result"] ?? value
        }
        guard let value = try? JSONParser.parse(bytes) else { throw badResponse(context, operation) }
        return value
    }

    /// Returns the members of all pages of an operation's results.
    ///
    /// - Parameters:
    ///   - token: the name of the page token, in parameters and results.
    ///   - member: the name of the result field with the members.
    ///   - limit: the maximum number of pages; further pages are not read.
    /// - Throws: as ``call(_:_:_:patience:isRepeatable:)``; NoResponse `BAD_RESPONSE` if a page refers to itself as the
    ///   next one.
    func pages(
        _ context: Context, _ operation: String, _ input: AnyValueMap, token: String = "NextToken", member: String,
        limit: Int = 1000
    ) async throws -> [AnyValue] {
        var (input, members): (AnyValueMap, [AnyValue]) = (input, [])
        for _ in 0..<limit {
            let page = try await call(context, operation, input)
            members += page[member]?.array ?? []
            guard let next = page[token]?.string, !next.isEmpty else { return members }
            guard !next.isSame(as: input[token]?.string ?? "") else { throw badResponse(context, operation) }
            input[token] = .string(next)
        }
        return members
    }

    /// Sends a request and returns the response, whose status is 2xx.
    /// - Throws: as ``call(_:_:_:patience:isRepeatable:)``.
    func send(
        _ context: Context, _ request: AWSRequest, by session: AWSSession? = nil
    ) async throws -> HTTPClientResponse {
        guard let session = session ?? opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client of AWS \(service.name) is not open", traceId: context.traceId)
        }
        return try await meter.measure(queueDepth: 0) { try await session.send(context, request) }
    }

    // MARK: - Internal

    private func badResponse(_ context: Context, _ operation: String) -> ApplicationError {
        .connection(
            code: HTTPFailure.badResponse, "AWS \(service.name) sent a response to \(operation) that can't be read",
            traceId: context.traceId)
    }

    /// Creates the credential chain. Does not retain the client.
    private var chain: @Sendable (CredentialParams?) -> AWSCredentialChain {
        let (resolver, slot, clock) = (resolver, slot, resilience.clockSource)
        return { configured in
            AWSCredentialChain(
                configured: configured, environment: resolver.present, connector: { slot.connector(for: $0) },
                clock: clock)
        }
    }

    private func session(_ context: Context, _ params: AWSConnectionParams) async throws -> AWSSession {
        try RestClientSettings.check(context, proxy: proxy())
        let endpoint = try resolver.endpoint(context, service, params)
        let (resilience, meter, clock) = (resilience, meter, resilience.clockSource)
        let place = HTTPFailure.place(of: endpoint.url)
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
            slot.connector(for: endpoint.url), breaker: breaker, fairTime: min(resilience.fairTime, limit), clock: clock
        )
        let (resolver, chain) = (resolver, chain)
        let cache = CredentialCache<AWSCredentials>(clock: clock, logger: logger) { context in
            try await chain(try await resolver.credential(context)).load(context)
        }
        var transport = HTTPTransport()
        transport.proxy = proxy()
        transport.caFile = try AWSAuthorities.file(params.config.text("ssl_ca_file"), resolver.present)
        return AWSSession(
            connector: BulkheadHTTPConnector(base, bulkhead: resilience.makeBulkhead()), endpoint: endpoint,
            signer: AWSSigner(service: service.name, region: params.region ?? ""), credentials: cache,
            resilience: resilience, budget: resilience.makeRetryBudget(), random: random, service: service,
            connectTimeout: connectTimeout() > .zero ? connectTimeout() : nil, transport: transport)
    }
}

/// An unsigned request.
struct AWSRequest: Sendable {
    var operation: String
    var method: HTTPMethod
    /// The encoded path, relative to the address of the service.
    var path: String
    var headers: HeaderFields
    var body: [UInt8]
    /// False for a request that must not be executed twice.
    var isRepeatable: Bool
    /// The time that the service may take in addition to the usual timeout.
    var patience: Duration

    init(
        _ operation: String, method: HTTPMethod = .post, path: String = "/",
        headers: HeaderFields = [], body: [UInt8], isRepeatable: Bool = true,
        patience: Duration = .zero
    ) {
        self.operation = operation
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.isRepeatable = isRepeatable
        self.patience = patience
    }
}

/// The trusted certificates.
enum AWSAuthorities {
    /// The default file of Debian's libcurl, and that of Amazon Linux.
    private static let (own, other) = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")

    /// Returns the configured file, or that in `AWS_CA_BUNDLE`; otherwise that of Amazon Linux if the default file is
    /// missing; otherwise nil.
    /// - Throws: FileError `READ_FAILED`; Misconfiguration `BAD_CERTIFICATE`.
    static func file(_ configured: String?, _ environment: AWSEnvironment) throws(ApplicationError) -> String? {
        for (key, path) in [("credential.ssl_ca_file", configured), ("AWS_CA_BUNDLE", environment["AWS_CA_BUNDLE"])] {
            guard let path else { continue }
            try CredentialFiles.checkCertificates(path, key: key)
            return path
        }
        guard (try? ConfigText.bytes(of: own)) == nil, (try? ConfigText.bytes(of: other)) != nil else { return nil }
        return other
    }
}
#endif
