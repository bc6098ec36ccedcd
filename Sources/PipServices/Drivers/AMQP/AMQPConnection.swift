#if PIP_AMQP
/// A connection to an AMQP 1.0 broker, such as RabbitMQ with the plugin `rabbitmq_amqp1_0`, that the queues of a
/// service share.
///
/// If it breaks, it is re-established automatically, first at once and then with a back-off; receivers are renewed, and
/// messages that the broker has not accepted are resent. Messages wait for the connection: at most `options.max_queue`
/// messages, each for at most `options.command_timeout`. Several connections, or servers in a URI, are alternatives
/// that are tried in turn. Loss and recovery are each logged once. Counters: `amqp.<name>.call_time`, `.in_flight`,
/// `.queue_depth`, `.reconnects`, `.breaker_state`.
public final class AMQPConnection: MessageQueueConnection, Component, Openable, Readiness, Checkable {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let virtualHost = Setting<String?>(
        "options.virtual_host", default: nil,
        "The virtual host of RabbitMQ, unless the URI names one; by default that of the broker")
    private let retryConnect = Setting(
        "options.retry_connect", default: false,
        "True to open without a connection if the broker can't be reached, and to continue connecting in the "
            + "background")
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The timeout of a connection attempt, in ms; 0 for no limit")
    private let reconnectTimeout = Setting(
        "options.reconnect_timeout", default: Duration.seconds(1), in: Duration.milliseconds(1)...,
        "The first back-off between reconnection attempts, in ms; it doubles with each attempt")
    private let maxReconnectTimeout = Setting(
        "options.max_reconnect_timeout", default: Duration.seconds(10), in: Duration.milliseconds(1)...,
        "The maximum back-off, in ms")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.seconds(30), in: Duration.zero...Duration.seconds(3_600),
        "The maximum silence of the broker before the client reconnects, in ms; an idle broker sends heart-beats; 0 "
            + "for no limit")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The time in which a call must be sent and receive the broker's response, in ms; 0 for no limit")
    private let maxInFlight = Setting(
        "options.max_in_flight", default: 100, in: 1...100_000,
        "The maximum number of sent messages that await the broker's response")
    private let maxQueue = Setting(
        "options.max_queue", default: 10_000, in: 0..., "The maximum number of waiting calls; 0 for no limit")
    private let maxQueueSize = Setting(
        "options.max_queue_size", default: 64 << 20, in: 0...,
        "The maximum size of all waiting calls, in bytes; 0 for no limit")
    private let maxFrameSize = Setting(
        "options.max_received_size", default: 16 << 20, in: 1_024...,
        "The maximum size of a received message, in bytes; a larger message stays at the broker")
    private let serverName = Setting<String?>(
        "options.tls_server_name", default: nil,
        "With TLS: the host name that the broker's certificate must contain; by default the host")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let meter = DriverMeter("amqp")
    /// Only one task at a time opens the connection.
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)

    private struct State: Sendable {
        var engine: AMQPEngine?
        var place = ""
    }

    private let state = Locked(State())

    /// Creates a closed connection.
    public init() {}

    deinit { state.current.engine?.stop() }

    /// True while the connection is open, even if the broker is currently unreachable.
    public var isOpen: Bool { state.withLock { $0.engine != nil } }

    /// Connects. Does nothing if already open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `BAD_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`,
    ///   `NO_PASSWORD`, `TLS_NOT_ENABLED`, `NO_SSL_KEY_FILE`; FileError `READ_FAILED`; NoResponse `NO_CONNECTION` if no
    ///   broker can be reached, `ACCESS_DENIED` if it rejects the client, `TLS_FAILED` if the handshake fails; Internal
    ///   `REF_ERROR`, `NO_DESCRIPTOR`, `NO_THREAD`.
    public func open(_ context: Context) async throws {
        // Concurrent callers wait here for the first one, and then find the connection open.
        try await opening.run(
            Context(traceId: context.traceId), name: "The opening of the connection to a broker of AMQP"
        ) {
            guard !isOpen else { return }
            let options = try await options(context)
            let engine = try await openEngine(context, options)
            state.withLock { $0 = State(engine: engine, place: options.place) }
            meter.noteBreaker(engine.missingReason == nil ? .closed : .open)
        }
    }

    /// Closes the connection. Waiting calls fail with InvalidState `NOT_OPENED`; sent messages without a response may
    /// have been accepted.
    public func close(_ context: Context) async throws {
        let engine = state.withLock { state in
            defer { state.engine = nil }
            return state.engine
        }
        await engine?.close()
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: the Misconfiguration errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connections.all.contains(where: \.usesDiscovery), !credentials.all.contains(where: \.usesStore) else {
            return
        }
        _ = try await options(context)
    }

    /// Throws the reason if there is no connection. Sends nothing, because heart-beats detect the loss of a broker.
    public func checkReadiness(_ context: Context) async throws {
        let state = state.current
        guard let engine = state.engine else { throw AMQPFailure.closed.error(context, "the broker", "readiness") }
        guard let reason = engine.missingReason else { return }
        throw ApplicationError.connection(
            code: "NO_CONNECTION", "The broker at \(state.place) can't be reached: \(reason)",
            traceId: context.traceId)
    }

    /// Returns an empty list, because AMQP 1.0 cannot list queues.
    public func readQueueNames(_ context: Context) async throws -> [String] { [] }
    /// Does nothing, because RabbitMQ creates a queue on first use.
    public func createQueue(_ context: Context, _ name: String) async throws {}
    /// Does nothing, because AMQP 1.0 cannot delete queues.
    public func deleteQueue(_ context: Context, _ name: String) async throws {}

    // MARK: - Internal

    /// The peer's name in errors.
    static let broker = "the AMQP broker"

    /// Returns the client.
    /// - Throws: InvalidState `NOT_OPENED`.
    func client(_ context: Context) throws -> AMQPEngine {
        guard let engine = state.withLock({ $0.engine }) else {
            throw AMQPFailure.closed.error(context, Self.broker, "AMQP")
        }
        return engine
    }

    /// Sends a message.
    func send(_ context: Context, _ message: AMQPMessage, to address: String) async throws {
        let engine = try client(context)
        let outcome = await meter.measure(queueDepth: engine.queueDepth) {
            await engine.send(message.encoded, to: address, deadline: context.deadline)
        }
        if case .failure(let failure) = outcome {
            throw failure.error(context, Self.broker, "send to \(address)")
        }
    }

    private func openEngine(_ context: Context, _ options: AMQPClientOptions) async throws -> AMQPEngine {
        let lost = Locked<String?>(nil)
        let engine = try AMQPEngine(options, clock: clock(), random: random()) { [meter] change in
            switch change {
            case .lost(let error, let server):
                let name = "The AMQP broker at \(server)"
                lost.withLock { $0 = name }
                meter.noteLoss(of: name, error.reason)
                meter.noteBreaker(.open)
            case .reconnected(let server):
                meter.noteRecovery(of: lost.current ?? "The AMQP broker at \(server)")
                meter.noteBreaker(.closed)
                meter.noteReconnects()
            }
        }
        do {
            try await engine.open()
            // After a late cancellation, no caller would close it.
            try Task.checkCancellation()
        } catch {
            engine.stop()
            guard let failure = error as? AMQPConnectionError else { throw error }
            try Task.checkCancellation()
            throw failure.openingError(context, "The AMQP broker at \(options.place)")
        }
        if let reason = engine.missingReason, let server = options.servers.first {
            let name = "The AMQP broker at \(server)"
            lost.withLock { $0 = name }
            meter.noteLoss(of: name, reason)
        }
        return engine
    }

    private func options(_ context: Context) async throws -> AMQPClientOptions {
        let found = try await connections.resolveAll(context)
        guard !found.isEmpty else {
            throw ApplicationError.config(
                code: "NO_CONNECTION", key: "connection.host",
                "The connection to the AMQP broker is not set; expected 'connection.host' or 'connection.uri'",
                traceId: context.traceId)
        }
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        let address = try BrokerAddress(context, found, credential, .amqp)
        var options = AMQPClientOptions(servers: address.servers)
        try setTLS(context, credential, &options)
        if let username = address.username, let password = address.password {
            options.login = .plain(username: username, password: password)
        }
        options.virtualHost = (address.virtualHost ?? virtualHost()).map { "vhost:\($0)" }
        options.idleTimeout = idleTimeout()
        options.connectTimeout = connectTimeout().asLimit
        options.reconnectDelay = reconnectTimeout()
        options.maxReconnectDelay = max(reconnectTimeout(), maxReconnectTimeout())
        options.callTimeout = commandTimeout().asLimit
        options.maxInFlight = maxInFlight()
        options.maxQueue = maxQueue() > 0 ? maxQueue() : .max
        options.maxQueueBytes = maxQueueSize() > 0 ? maxQueueSize() : .max
        options.maxMessageSize = maxFrameSize()
        options.sendsDurable = true
        options.mayWait = retryConnect()
        return options
    }

    private func setTLS(
        _ context: Context, _ credential: CredentialParams, _ options: inout AMQPClientOptions
    ) throws(ApplicationError) {
        func path(_ key: String) -> String? { credential[key].flatMap { $0.isEmpty ? nil : $0 } }
        let keys = ["ssl_ca_file", "ssl_crt_file", "ssl_key_file"]
        guard options.servers.contains(where: \.isEncrypted) else {
            guard let key = keys.first(where: { credential[$0] != nil }) else { return }
            // A configured certificate without TLS is an error, because otherwise data would be sent unencrypted.
            throw .config(
                code: "TLS_NOT_ENABLED", key: "credential.\(key)",
                "'credential.\(key)' is '\(credential[key] ?? "")', but the protocol of the connection to the AMQP broker is "
                    + "not 'amqps'; expected 'amqps'", traceId: context.traceId)
        }
        try CredentialFiles.check(context, credential.config)
        if let certificate = path(keys[1]), path(keys[2]) == nil {
            throw .config(
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file",
                "'credential.ssl_crt_file' is '\(certificate)' without 'credential.ssl_key_file'; expected both or none",
                traceId: context.traceId)
        }
        // Checked here, because proton does not report why it cannot read a file.
        for key in keys {
            if let path = path(key) { _ = try CredentialFiles.bytes(of: path, key: "credential.\(key)") }
        }
        options.authorityFile = path(keys[0])
        options.certificateFile = path(keys[1])
        options.keyFile = path(keys[2])
        options.serverName = serverName()
    }
}

extension BrokerAddress.Scheme {
    static let amqp = Self(plain: ["amqp"], encrypted: ["amqps"], plainPort: 5_672, encryptedPort: 5_671)
}
#endif
