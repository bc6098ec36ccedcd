#if PIP_GRPC
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCertificateReloading
import Synchronization

/// Serves gRPC for the controllers of a service (the toolkit's `GrpcEndpoint`).
///
/// Controllers register their methods and commands while the service opens; the endpoint starts listening after every
/// component is open. With port 0 the system chooses the port; ``port`` and the log contain it. At shutdown the
/// endpoint stops accepting connections and waits for the calls in flight.
///
/// A call's trace id, `traceparent` and timeout are in its ``Context``; the timeout is measured by the service's clock.
/// Authenticators, `authorize` and `roles` work as those of an ``HTTPEndpoint``. With `options.health` it serves
/// `grpc.health.v1.Health` from the readiness of the container, and with `options.reflection` the descriptors of its
/// services. `docs/grpc.md` describes limits and errors.
public final class GRPCEndpoint: Component, Edge, Checkable {
    private let connection = HTTPConnectionResolver(host: "0.0.0.0", port: 3000, allowsAnyPort: true)
    private let maintenance = Setting(
        "options.maintenance_enabled", default: false, reloadable: true,
        "True to reject all calls with UNAVAILABLE, except health checks")
    private let clientCertificate = Setting(
        "options.client_certificate", default: false,
        "True to require client certificates issued by an authority in credential.ssl_ca_file")
    private let exposeCauses = Setting(
        "options.expose_causes", default: false, reloadable: true,
        "True to send causes, stack traces and the messages of all errors to callers, for development only")
    private let generateTraceId = Setting(
        "options.generate_trace_id", default: true, reloadable: true,
        "True to assign a trace id to a call without one")
    private let servesHealth = Setting("options.health", default: true, "True to serve grpc.health.v1.Health")
    private let servesReflection = Setting(
        "options.reflection", default: true,
        "True to serve the descriptors of the services to tools (server reflection)")
    private let authenticators = Dependencies<any RestAuthenticator>("authenticators", "*:authenticator:*:*:1.0")
    private let health = OptionalDependency<any HealthReporter>("health", "*:health:*:*:1.0")
    /// The configured authorization.
    let access = AccessSettings()
    /// The limits of sizes, times and counts.
    public let limits = GRPCLimits()
    let logger = CompositeLogger()
    let clock = ClockSlot()
    let random = RandomSlot()

    private let table = Locked(GRPCServiceTable())
    /// The handler of calls, with the version of the table from which it was built.
    private let built = Locked<Built?>(nil)

    /// A struct, since a function that is itself the value of a lock, or a part of a tuple in it, gets another thunk with
    /// each access: every call would then take longer than the one before.
    private struct Built {
        let version: Int
        let handler: GRPCCapture.Handler
    }

    private let listener = Locked<GRPCListener?>(nil)
    /// The task that stops the listener. It continues if a caller of ``drain(_:)`` stops waiting.
    private let stopping = Locked<Task<Void, Never>?>(nil)
    private let listening = Locked<ListenAddress?>(nil)
    private let drains = Atomic<Bool>(false)

    /// Creates an endpoint.
    public init() {}

    /// The port on which the endpoint listens; nil while it does not listen.
    public var port: Int? { listening.current?.port }

    /// The address to call, such as `http://localhost:3000`; nil while the endpoint does not listen.
    public var address: String? { listening.current?.reachable.url }

    /// True while the endpoint listens.
    public var isOpen: Bool { port != nil }

    /// Adds the methods of a service for a component, which ``unregister(_:)`` removes.
    ///
    /// - Parameters:
    ///   - service: the full name in the `.proto` file, such as `dummies.Dummies`.
    ///   - descriptors: a serialized `FileDescriptorSet` of its file, for server reflection; empty for none.
    public func register(
        _ methods: [GRPCMethod], of service: String, descriptors: [UInt8] = [], for owner: any Component
    ) {
        register(methods, of: service, descriptors: descriptors, nil, nil, for: owner)
    }

    /// Adds interceptors for a component, which ``unregister(_:)`` removes. The first one registered is the outermost.
    /// - Parameter service: restricts the interceptors to a service; nil for all.
    /// - Throws: BadRequest `BAD_PATTERN` for a route that is not a valid regular expression.
    public func register(
        _ interceptors: [GRPCInterceptor], of service: String? = nil, for owner: any Component
    ) throws(ApplicationError) {
        var added: [GRPCServiceTable.Interception] = []
        for interceptor in interceptors {
            added.append(
                GRPCServiceTable.Interception(
                    owner: ObjectIdentifier(owner), service: service, matches: try interceptor.matcher(),
                    action: interceptor.action))
        }
        let interceptions = added
        change { $0.interceptions += interceptions }
    }

    /// Removes the methods, commands and interceptors of a component. Calls in flight are not affected.
    public func unregister(_ owner: any Component) { change { $0.remove(ObjectIdentifier(owner)) } }

    /// Checks the address. The endpoint does not listen yet.
    /// - Throws: the errors of ``HTTPConnectionResolver/resolve(_:)``, such as Misconfiguration `WRONG_PROTOCOL`.
    public func open(_ context: Context) async throws { _ = try await resolve(context) }

    /// Checks the address, and the files of the certificate.
    /// - Throws: the Misconfiguration errors of ``open(_:)`` and ``startAccepting(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        guard let tls = try await resolve(context).tls else { return }
        _ = try security(tls, try RenewableTLS(tls))
    }

    /// Starts listening, and registers the address at the discovery services if `connection.discovery_key` is set.
    /// - Throws: NoResponse `CANNOT_CONNECT` if the address is not available, such as a port in use; Misconfiguration
    ///   `BAD_CERTIFICATE`; `CancellationError` if the task is cancelled before the endpoint listens; the errors of
    ///   ``open(_:)``.
    public func startAccepting(_ context: Context) async throws {
        var address = try await resolve(context)
        let files = try address.tls.map { tls in try RenewableTLS(tls) }
        let security: HTTP2ServerTransport.Posix.TransportSecurity =
            if let tls = address.tls, let files { try security(tls, files) } else { .plaintext }
        drains.store(false, ordering: .relaxed)
        let listener: GRPCListener
        do {
            listener = try await GRPCListener(
                host: address.host, port: address.port, security: security, limits: limits, methods: all.methods,
                renewal: renewal(of: files)
            ) { [weak self] stream, server in await self?.serve(stream, server) }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ApplicationError.connection(
                code: "CANNOT_CONNECT", "Can't listen on \(address.host):\(address.port)", traceId: context.traceId,
                details: ["url": .string(address.url)], cause: error)
        }
        address.port = listener.port
        let actual = address
        self.listener.withLock { $0 = listener }
        listening.withLock { $0 = actual }
        do {
            try await connection.register(context, port: actual.port)
        } catch {
            await drain(context)
            throw error
        }
        logger.info(context, "gRPC endpoint is listening on \(actual.url)")
    }

    /// Stops accepting connections and waits until the calls in flight have ended. If the task is cancelled, these
    /// calls are cancelled too and fail with UNAVAILABLE.
    public func drain(_ context: Context) async {
        drains.store(true, ordering: .relaxed)
        let listener = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        listening.withLock { $0 = nil }
        if let listener { stopping.withLock { $0 = Task.detached { await listener.stop() } } }
        guard let task = stopping.current else { return }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Closes the connections that remain after ``drain(_:)``, and waits until their calls have ended.
    public func close(_ context: Context) async throws {
        await drain(context)
        stopping.withLock { $0 = nil }
        built.displace { built in
            defer { built = nil }
            return built?.handler
        }
    }

    // MARK: - Internal

    /// True while the endpoint serves TLS.
    var isSecure: Bool { listening.current?.tls != nil }
    /// True from the start of ``drain(_:)``.
    var isDraining: Bool { drains.load(ordering: .relaxed) }

    /// The registered commands and methods, and those of the endpoint itself.
    var all: GRPCServiceTable {
        var all = table.current
        func add(_ service: String, _ methods: [GRPCMethod]) {
            all.entries += methods.map {
                GRPCServiceTable.Entry(
                    owner: ObjectIdentifier(self), service: service, method: $0, instruments: nil, access: nil)
            }
        }
        if !all.commands.isEmpty { add(GRPCCommandable.service, GRPCCommandable.methods) }
        let health = GRPCHealth(reporter: health(), endpoint: self, clock: clock)
        if servesHealth() { add(GRPCHealth.service, health.methods) }
        if servesReflection() {
            let reflection = GRPCReflection(self)
            for service in GRPCReflection.services { add(service, reflection.methods) }
        }
        return all
    }

    /// The registered descriptors, each a serialized `FileDescriptorSet`.
    var descriptors: [[UInt8]] { table.current.descriptors.map(\.bytes) }

    /// Returns the command with a name, `<name>.<command>`.
    func command(_ name: String) -> GRPCCommandRoute? { table.withLock { $0.command(name) } }

    /// The names of all commands.
    var commandNames: [String] { table.withLock { $0.commands.map(\.route.name) } }

    func register(
        _ methods: [GRPCMethod], of service: String, descriptors: [UInt8], _ instruments: Instruments?,
        _ access: AccessSettings?, for owner: any Component
    ) {
        let id = ObjectIdentifier(owner)
        change { table in
            table.entries += methods.map {
                GRPCServiceTable.Entry(
                    owner: id, service: service, method: $0, instruments: instruments, access: access)
            }
            if !descriptors.isEmpty { table.descriptors.append((id, descriptors)) }
        }
    }

    func register(_ commands: [GRPCCommandRoute], for owner: any Component) {
        let id = ObjectIdentifier(owner)
        change { $0.commands += commands.map { (id, $0) } }
    }

    /// Moves the registrations of a component to another endpoint.
    func move(servicesOf owner: any Component, to other: GRPCEndpoint) {
        let part = table.current.part(of: ObjectIdentifier(owner))
        other.change { $0.add(part) }
        unregister(owner)
    }

    /// Admits a call, or throws the reason for rejecting it.
    /// - Throws: InvalidState `MAINTENANCE` or `OVERLOADED` with status 503.
    func admit(isProbe: Bool) throws(ApplicationError) -> GRPCInFlightMark? {
        if isProbe { return nil }
        if maintenance() {
            throw .invalidState(code: "MAINTENANCE", "The service is in maintenance").withStatus(503)
        }
        return try limits.admit()
    }

    /// Returns the user of a call; nil if the call has no credentials or there are no authenticators.
    func user(_ context: Context, _ request: RestRequest) async throws -> RestUser? {
        let authenticators = authenticators()
        guard !authenticators.isEmpty else { return nil }
        return try await RestAuthentication.user(context, request, authenticators)
    }

    /// Adds the endpoint's trace id and timeout to a call.
    func begin(_ call: GRPCCall) -> GRPCCall {
        var call = call
        if call.context.traceId == nil, generateTraceId() {
            call.context.traceId = IdGenerator.nextLong(random())
        }
        if let timeout = limits.timeout {
            call.context.deadline = call.context.earlier(clock.uptime.adding(timeout: timeout))
        }
        return call
    }

    /// True to send all details of an error.
    var isExposing: Bool { exposeCauses() }

    // MARK: - Private

    private func serve(
        _ stream: RPCStream<GRPCCapture.Inbound, GRPCCapture.Outbound>, _ server: ServerContext
    ) async {
        do {
            typealias Part = RPCRequestPart<GRPCNIOTransportBytes>
            let inbound = stream.inbound.map { (part: Part) -> Part in
                if case .metadata(let metadata) = part { return .metadata(GRPCCall.withoutTimer(metadata)) }
                return part
            }
            let stream = RPCStream(
                descriptor: stream.descriptor, inbound: RPCAsyncSequence(wrapping: inbound), outbound: stream.outbound)
            try await handler()(stream, server)
        } catch {
            await stream.outbound.finish()
        }
    }

    /// Returns the handler of the current methods. It is rebuilt by the first call after they have changed.
    private func handler() async throws -> GRPCCapture.Handler {
        let version = table.withLock { $0.version }
        if let built = built.withLock({ $0 }), built.version == version { return built.handler }
        let handler = try await GRPCCapture.handler(of: all.router(of: self))
        built.displace { built in
            let old = built
            if version >= built?.version ?? 0 { built = Built(version: version, handler: handler) }
            return old?.handler
        }
        return handler
    }

    private func change(_ body: (inout GRPCServiceTable) -> Void) {
        table.displace { table in
            let old = table
            body(&table)
            table.version &+= 1
            return old
        }
    }

    private func resolve(_ context: Context) async throws -> ListenAddress {
        let resolved = ConnectionParams(try await connection.resolve(context))
        var address = ListenAddress(host: resolved.host ?? "0.0.0.0", port: resolved.port ?? 3000)
        if resolved.protocol == "https" {
            address.tls = try HTTPServerTLS(resolved.config, requiresClient: clientCertificate(), context)
        }
        return address
    }

    /// Returns the task body that reloads changed certificate files.
    private func renewal(of files: RenewableTLS?) -> (@Sendable () async -> Void)? {
        guard let files else { return nil }
        return { [clock, logger] in await files.follow(clock: clock(), logger: logger) }
    }

    /// Checks the files, because the transport reads them only when it starts.
    private func security(
        _ tls: HTTPServerTLS, _ files: RenewableTLS
    ) throws(ApplicationError) -> HTTP2ServerTransport.Posix.TransportSecurity {
        let chain = try CredentialFiles.checkCertificates(tls.certificateFile, key: "credential.ssl_crt_file")
        let key = try CredentialFiles.bytes(of: tls.keyFile, key: "credential.ssl_key_file")
        let authorities = try tls.authorityFile.map { (path) throws(ApplicationError) in
            try CredentialFiles.checkCertificates(path, key: "credential.ssl_ca_file")
        }
        return .tls(
            certificateChain: [.bytes(chain, format: .pem)], privateKey: .bytes(key, format: .pem)
        ) { config in
            config.requireALPN = true
            config.certificateReloader = GRPCCertificates(files: files)
            guard tls.requiresClient, let authorities else { return }
            config.clientCertificateVerification = .noHostnameVerification
            config.trustRoots = .certificates([.bytes(authorities, format: .pem)])
        }
    }
}
#endif
