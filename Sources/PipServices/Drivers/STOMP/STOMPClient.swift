#if PIP_ACTIVEMQ
/// The settings of a connection to a broker, and its clients: one for sending, and one for each receiving queue.
///
/// Separate clients keep sent messages from waiting behind a backlog of received ones, and keep acknowledgements
/// flowing when the broker stops reading from senders. Closing a queue ends its connection, and the broker redelivers
/// its unacknowledged messages.
final class STOMPClient: Component {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let virtualHost = Setting(
        "options.virtual_host", default: "/", "The virtual host of RabbitMQ, unless the URI names one")
    private let version = Setting(
        "options.protocol_version", default: "", oneOf: ["", "1.0", "1.1", "1.2"],
        "The required version of STOMP; by default the newest that the broker supports")
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
    private let heartBeat = Setting(
        "options.heartbeat", default: Duration.seconds(10), in: Duration.zero...Duration.seconds(3_600),
        "The interval of heart-beats in both directions on an idle connection, in ms; a broker that is silent twice "
            + "as long counts as lost; 0 for none")
    private let ackTimeout = Setting(
        "options.ack_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The maximum silence of the broker while a call awaits its receipt, in ms, before the client reconnects; 0 "
            + "for no limit")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The time in which a call must be sent and receive its receipt, in ms; 0 for no limit")
    private let maxInFlight = Setting(
        "options.max_in_flight", default: 100, in: 1...100_000, "The maximum number of calls that await their receipts")
    private let maxQueue = Setting(
        "options.max_queue", default: 10_000, in: 0..., "The maximum number of waiting calls; 0 for no limit")
    private let maxQueueSize = Setting(
        "options.max_queue_size", default: 64 << 20, in: 0...,
        "The maximum size of all waiting calls, in bytes; 0 for no limit")
    private let maxFrameSize = Setting(
        "options.max_frame_size", default: 16 << 20, in: 1...,
        "The maximum size of a received payload, in bytes; a larger message stays at the broker")
    private let serverName = Setting<String?>(
        "options.tls_server_name", default: nil,
        "With TLS: the host name that the broker's certificate must contain, unless it contains the address of the "
            + "connection; by default the host")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let meter: DriverMeter
    private let broker: STOMPBroker
    /// Only one task at a time opens the connection.
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)

    private struct State: Sendable {
        var sender: STOMPEngine?
        var options = STOMPClientOptions()
        /// The clients of the queues, by number.
        var receivers: [Int: STOMPEngine] = [:]
        var lastReceiver = 0
    }

    private let state = Locked(State())

    init(_ broker: STOMPBroker) {
        self.broker = broker
        meter = DriverMeter(broker.kind)
    }

    deinit {
        let state = state.current
        state.sender?.close()
        for receiver in state.receivers.values { receiver.close() }
    }

    var isOpen: Bool { state.withLock { $0.sender != nil } }

    /// Connects. Does nothing if already open.
    func open(_ context: Context) async throws {
        // Concurrent callers wait here for the first one, and then find the connection open.
        try await opening.run(
            Context(traceId: context.traceId), name: "The opening of the connection to \(broker.name)"
        ) {
            guard !isOpen else { return }
            let options = try await options(context)
            let sender = try await openEngine(context, options, "", mayWait: retryConnect())
            state.withLock { ($0.sender, $0.options) = (sender, options) }
            meter.noteBreaker(sender.missingReason == nil ? .closed : .open)
        }
    }

    func close(_ context: Context) async {
        let (sender, receivers) = state.withLock { state in
            defer { (state.sender, state.receivers) = (nil, [:]) }
            return (state.sender, Array(state.receivers.values))
        }
        sender?.close()
        await withTaskGroup(of: Void.self) { group in
            for receiver in receivers { group.addTask { await receiver.disconnect(within: Self.farewell) } }
        }
    }

    func checkConfiguration(_ context: Context) async throws {
        guard !connections.all.contains(where: \.usesDiscovery), !credentials.all.contains(where: \.usesStore) else {
            return
        }
        _ = try await options(context)
    }

    /// Throws the reason if one of the connections is missing.
    func checkReadiness(_ context: Context) async throws {
        let state = state.current
        guard let sender = state.sender else { throw STOMPFailure.closed.error(context, broker.name, "readiness") }
        let engines = [sender] + state.receivers.values
        // Not lazily, because a reason that is read twice may have become nil the second time.
        guard let reason = engines.compactMap(\.missingReason).first else { return }
        throw ApplicationError.connection(
            code: "NO_CONNECTION", "\(broker.name) at \(state.options.place) can't be reached: \(reason)",
            traceId: context.traceId)
    }

    /// Sends frames and waits for the receipt of the last one.
    func send(_ context: Context, _ frames: [STOMPFrame], _ call: @autoclosure () -> String) async throws {
        guard let sender = state.withLock({ $0.sender }) else {
            throw STOMPFailure.closed.error(context, broker.name, call())
        }
        let outcome = await meter.measure(queueDepth: sender.queueDepth) {
            await sender.call(frames, deadline: context.deadline)
        }
        if case .failure(let failure) = outcome { throw failure.error(context, broker.name, call()) }
    }

    /// Opens a separate connection. ``close(_:)`` closes it, unless ``closeReceiver(_:)`` has closed it before.
    ///
    /// - Parameters:
    ///   - purpose: its name in logs, such as that of a queue.
    ///   - clientId: identifies the connection to the broker.
    func openReceiver(_ context: Context, _ purpose: String, clientId: String? = nil) async throws -> STOMPReceiver {
        var options = try state.withLock { state in
            guard state.sender != nil else { throw STOMPFailure.closed.error(context, broker.name, purpose) }
            return state.options
        }
        options.login.clientId = clientId
        let engine = try await openEngine(context, options, " (\(purpose))", mayWait: false)
        let id = state.withLock { state -> Int? in
            guard state.sender != nil else { return nil }
            state.lastReceiver += 1
            state.receivers[state.lastReceiver] = engine
            return state.lastReceiver
        }
        guard let id else {
            engine.close()
            throw STOMPFailure.closed.error(context, broker.name, purpose)
        }
        return STOMPReceiver(engine: engine, id: id)
    }

    /// Closes a receiver. When it returns, other consumers can receive unacknowledged messages.
    func closeReceiver(_ receiver: STOMPReceiver) async {
        state.withLock { _ = $0.receivers.removeValue(forKey: receiver.id) }
        await receiver.engine.disconnect(within: Self.farewell)
    }

    /// The sending client, for tests.
    var sender: STOMPEngine? { state.withLock { $0.sender } }
    /// The number of connections, for tests.
    var connectionCount: Int { state.withLock { ($0.sender == nil ? 0 : 1) + $0.receivers.count } }

    // MARK: - Internal

    /// The time for which closing waits for the broker's confirmation.
    private static let farewell = Duration.seconds(2)

    private func openEngine(
        _ context: Context, _ options: STOMPClientOptions, _ suffix: String, mayWait: Bool
    ) async throws -> STOMPEngine {
        let peer: @Sendable (BrokerServer) -> String = { [broker] server in "\(broker.name) at \(server)\(suffix)" }
        // Servers are alternatives, so a connection to any of them ends the loss.
        let lost = Locked<String?>(nil)
        let engine = STOMPEngine(options, clock: clock(), random: random()) { [meter] change in
            switch change {
            case .lost(let error, let server):
                let name = peer(server)
                lost.withLock { $0 = name }
                meter.noteLoss(of: name, error.reason)
                meter.noteBreaker(.open)
            case .reconnected(let server):
                meter.noteRecovery(of: lost.current ?? peer(server))
                meter.noteBreaker(.closed)
                meter.noteReconnects()
            }
        }
        do {
            try await engine.open(mayWait: mayWait)
            // After a late cancellation, no caller would close it.
            try Task.checkCancellation()
        } catch {
            engine.close()
            guard let failure = error as? STOMPConnectionError else { throw error }
            try Task.checkCancellation()
            throw openingError(context, options, failure)
        }
        if let reason = engine.missingReason, let server = options.servers.first {
            let name = peer(server)
            lost.withLock { $0 = name }
            meter.noteLoss(of: name, reason)
        }
        return engine
    }

    private func openingError(
        _ context: Context, _ options: STOMPClientOptions, _ failure: STOMPConnectionError
    ) -> ApplicationError {
        let place = "\(broker.name) at \(options.place)"
        let (code, text) =
            switch failure.kind {
            case .refused: ("ACCESS_DENIED", "\(place) refuses the client")
            case .tls: ("TLS_FAILED", "\(place) can't be reached by TLS")
            case .temporary: ("NO_CONNECTION", "\(place) can't be reached")
            }
        return .connection(
            code: code, "\(text): \(failure.reason)", traceId: context.traceId,
            details: ["address": .string(options.place)])
    }

    private func options(_ context: Context) async throws -> STOMPClientOptions {
        let found = try await connections.resolveAll(context)
        guard !found.isEmpty else {
            throw ApplicationError.config(
                code: "NO_CONNECTION", key: "connection.host",
                "The connection to \(broker.name) is not set; expected 'connection.host' or 'connection.uri'",
                traceId: context.traceId)
        }
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        let address = try BrokerAddress(context, found, credential, .stomp)
        var options = STOMPClientOptions(broker: broker.name, servers: address.servers)
        if address.servers.contains(where: \.isEncrypted) {
            options.tls = try STOMPTLS.context(context, credential)
            options.serverName = serverName()
        } else if let key = ["ssl_ca_file", "ssl_crt_file", "ssl_key_file"].first(where: { credential[$0] != nil }) {
            // A configured certificate without TLS is an error, because otherwise data would be sent unencrypted.
            throw ApplicationError.config(
                code: "TLS_NOT_ENABLED", key: "credential.\(key)",
                "'credential.\(key)' is '\(credential[key] ?? "")', but the protocol of the connection to \(broker.name) is not 'stomp+ssl'; "
                    + "expected 'stomp+ssl'", traceId: context.traceId)
        }
        options.login.host = address.virtualHost ?? virtualHost()
        (options.login.username, options.login.password) = (address.username, address.password)
        if let version = STOMPVersion(rawValue: version()) { options.login.versions = [version] }
        options.login.heartBeat = heartBeat()
        options.login.silenceLimit = ackTimeout()
        options.limits.bodySize = maxFrameSize()
        options.connectTimeout = connectTimeout().asLimit
        options.reconnectDelay = reconnectTimeout()
        options.maxReconnectDelay = max(reconnectTimeout(), maxReconnectTimeout())
        options.callTimeout = commandTimeout().asLimit
        options.maxInFlight = maxInFlight()
        options.maxQueue = maxQueue() > 0 ? maxQueue() : .max
        options.maxQueueBytes = maxQueueSize() > 0 ? maxQueueSize() : .max
        return options
    }
}

/// A receiving connection of a ``STOMPClient``.
struct STOMPReceiver: Sendable {
    let engine: STOMPEngine
    let id: Int
}
#endif
