#if PIP_MQTT
/// An MQTT connection shared by the components of a service (the toolkit's `MqttConnection`).
///
/// A broken connection is re-established automatically, at once and then with a back-off. Subscriptions are renewed,
/// and unacknowledged messages are sent again. Unsent messages wait for the connection: at most `options.max_queue`
/// messages, each at most `options.command_timeout`. The loss and the recovery are each logged once. Counters:
/// `mqtt.<name>.call_time`, `.in_flight`, `.queue_depth`, `.reconnects`, `.breaker_state`.
///
/// The first subscription opens a second client for sending, so that acknowledgements of sent messages are not delayed
/// by a backlog of received ones.
public final class MQTTConnection: MessageQueueConnection, Component, Openable, Readiness, Checkable {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let clientId = Setting<String?>(
        "client_id", default: nil,
        "The client id, which must be unique among connections; random by default")
    private let version = Setting(
        "options.protocol_version", default: "5", oneOf: ["5", "3.1.1"], "The MQTT version")
    private let isClean = Setting(
        "options.clean_session", default: true,
        "False for a persistent session, which the broker keeps without a connection; needs 'client_id'")
    private let sessionExpiry = Setting(
        "options.session_expiry", default: Duration.seconds(86_400), in: Duration.zero...,
        "How long the broker keeps a persistent session in MQTT 5, in ms; 0 for no expiration")
    private let retryConnect = Setting(
        "options.retry_connect", default: false,
        "True to open without a connection if the broker can't be reached, and to continue connecting in the "
            + "background")
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The timeout of connecting, including resolving the host, in ms; later attempts take at most 10 s; 0 for no "
            + "limit"
    )
    private let reconnectTimeout = Setting(
        "options.reconnect_timeout", default: Duration.seconds(1), in: Duration.milliseconds(1)...,
        "The first back-off between reconnection attempts, in ms; it doubles with each attempt")
    private let maxReconnectTimeout = Setting(
        "options.max_reconnect_timeout", default: Duration.seconds(10), in: Duration.milliseconds(1)...,
        "The maximum back-off, in ms")
    private let keepAliveTimeout = Setting(
        "options.keepalive_timeout", default: Duration.seconds(60), in: Duration.zero...Duration.seconds(65_535),
        "The idle time after which the driver pings the broker, in ms; at least 5 s, or 0 for no pings")
    private let ackTimeout = Setting(
        "options.ack_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The maximum silence of the broker while a message awaits its acknowledgement, in ms, before the client "
            + "reconnects; 0 for no limit")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The time in which a call must be sent and acknowledged, in ms; 0 for no limit")
    private let maxInFlight = Setting(
        "options.max_in_flight", default: 100, in: 1...65_535,
        "The maximum number of unacknowledged sent messages")
    private let maxQueue = Setting(
        "options.max_queue", default: 10_000, in: 0..., "The maximum number of waiting messages; 0 for no limit")
    private let maxQueueSize = Setting(
        "options.max_queue_size", default: 64 << 20, in: 0...,
        "The maximum size of all waiting messages, in bytes; 0 for no limit")
    private let maxMessageSize = Setting(
        "options.max_message_size", default: 1 << 20, in: 0...,
        "The maximum size of a payload, in bytes; 0 for the limit of MQTT, 256 MB")
    private let willTopic = Setting<String?>(
        "will.topic", default: nil, "The topic of the will, which the broker sends when the client is lost")
    private let willMessage = Setting("will.message", default: "", "The payload of the will")
    private let willQos = Setting("will.qos", default: 0, in: 0...2, "The quality of service of the will")
    private let willRetain = Setting("will.retain", default: false, "True to make the broker retain the will")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let meter = DriverMeter("mqtt")
    /// Serializes opening.
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)

    private struct Clients: Sendable {
        /// The client that receives, and also sends until the first subscription.
        var main: MQTTEngine?
        /// The client that sends after the first subscription, or if the session is persistent.
        var sender: MQTTEngine?
        var options = MQTTClientOptions()
    }

    private let clients = Locked(Clients())

    /// Creates a closed connection.
    public init() {}

    deinit {
        let clients = clients.current
        clients.main?.stop()
        clients.sender?.stop()
    }

    /// True while the connection is open, even if the broker is currently unreachable.
    public var isOpen: Bool { clients.withLock { $0.main != nil } }

    /// Connects. Has no effect if it is already open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`,
    ///   `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`, `NO_CLIENT_ID`, `BAD_TOPIC`, `BAD_VALUE`, `FILE_NOT_READABLE`,
    ///   `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`; NoResponse `NO_CONNECTION` if the broker can't be reached, listing the
    ///   addresses tried, `ACCESS_DENIED` if it refuses the login, `TLS_FAILED` if the handshake fails,
    ///   `CONNECTION_REFUSED` if it refuses the client; Internal `REF_ERROR`, `NO_DESCRIPTOR` and `NO_THREAD`.
    public func open(_ context: Context) async throws {
        // Concurrent callers wait here for the first one, and then find the connection open.
        try await opening.run(Context(traceId: context.traceId), name: "The opening of the connection to MQTT") {
            guard !isOpen else { return }
            let options = try await clientOptions(context)
            let engine = try await openEngine(context, options)
            clients.withLock { clients in (clients.main, clients.options) = (engine, options) }
            meter.noteBreaker(engine.missingReason == nil ? .closed : .open)
        }
    }

    /// Checks the configuration, except for parts from a discovery service or a credential store.
    /// - Throws: the Misconfiguration errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connections.all.contains(where: \.usesDiscovery), !credentials.all.contains(where: \.usesStore) else {
            return
        }
        _ = try await clientOptions(context)
    }

    /// Closes the connection gracefully, so that the will is not sent. Waiting calls fail with InvalidState
    /// `NOT_OPENED`; unacknowledged messages may have been delivered.
    public func close(_ context: Context) async throws {
        let closed = clients.withLock { clients in
            defer { (clients.main, clients.sender) = (nil, nil) }
            return [clients.sender, clients.main].compactMap(\.self)
        }
        for engine in closed { await engine.close() }
    }

    /// Fails with the reason if there is no connection. Sends nothing, because the driver pings the broker anyway.
    public func checkReadiness(_ context: Context) async throws {
        let clients = clients.current
        guard let main = clients.main else { throw MQTTFailure.closed.error(context, "readiness") }
        guard let reason = main.missingReason ?? clients.sender?.missingReason else { return }
        throw ApplicationError.connection(
            code: "NO_CONNECTION", "The MQTT broker at \(clients.options.address) can't be reached: \(reason)",
            traceId: context.traceId)
    }

    /// Sends a message. When the call returns, the broker has received it (QoS 1 and 2), or the system has accepted it
    /// (QoS 0).
    ///
    /// It waits at most `options.command_timeout`, and at most until the context's deadline. After an error `NO_ANSWER`
    /// or a cancellation, the message may have been sent.
    /// - Throws: BadRequest `BAD_TOPIC` for a topic with wildcards, `BAD_QOS`, `BAD_MESSAGE`, `MESSAGE_TOO_LARGE`;
    ///   FailedInvocation `REFUSED` or `ACCESS_DENIED` if the broker refuses it (MQTT 5 only); NoResponse
    ///   `NO_CONNECTION`, `NO_ANSWER`, `QUEUE_FULL`; InvalidState `NOT_OPENED`.
    public func publish(_ context: Context, _ message: MQTTMessage) async throws {
        if let problem = MQTTTopic.problem(ofName: message.topic) {
            throw Self.badTopic(context, message.topic, problem, "Nothing can be sent to the topic")
        }
        try Self.check(context, qos: message.qos)
        let limit = maxMessageSize() > 0 ? min(maxMessageSize(), Self.payloadLimit) : Self.payloadLimit
        guard message.payload.count <= limit else {
            throw MQTTFailure.tooLarge(size: message.payload.count, limit: limit).error(
                context, "publish to \(message.topic)")
        }
        try Self.check(context, message.properties)
        let engine = try await sender(context)
        let outcome = await meter.measure(queueDepth: engine.queueDepth) {
            await engine.publish(message, deadline: context.deadline)
        }
        if case .failure(let failure) = outcome { throw failure.error(context, "publish to \(message.topic)") }
    }

    /// Subscribes to topics. When the call returns, the broker has acknowledged the subscription.
    ///
    /// - Parameters:
    ///   - filter: a topic, a filter with the wildcards `+` and `#`, or a shared subscription
    ///     (`$share/<group>/<filter>`), which delivers each message to one of its subscribers.
    ///   - qos: the maximum quality of service for delivery.
    ///   - listener: accepts messages, one at a time. While it waits, up to 100 messages per connection are buffered;
    ///     then reading from the broker stops. If it throws, the message is logged and dropped. Messages are
    ///     acknowledged before they reach the listener, so a crash loses the buffered ones.
    /// - Throws: BadRequest `BAD_TOPIC`, `BAD_QOS`; FailedInvocation `REFUSED` or `ACCESS_DENIED` if the broker
    ///   refuses; NoResponse `NO_CONNECTION`, `NO_ANSWER`; InvalidState `NOT_OPENED`.
    public func subscribe(
        _ context: Context, _ filter: String, qos: Int = 1,
        _ listener: @escaping @Sendable (MQTTMessage) async throws -> Void
    ) async throws -> MQTTSubscription {
        if let problem = MQTTTopic.problem(ofFilter: filter) {
            throw Self.badTopic(context, filter, problem, "The topic can't be subscribed to")
        }
        try Self.check(context, qos: qos)
        let main = try client(context)
        _ = try await openSender(context)
        // With a persistent session, QoS 2 would need the partially received messages of the last connection.
        let qos = main.options.isClean ? qos : min(qos, 1)
        switch await main.subscribe(filter, qos: qos, deadline: context.deadline, listener) {
        case .success(let id): return MQTTSubscription(filter: filter, qos: qos, id: id)
        case .failure(let failure): throw failure.error(context, "subscribe to \(filter)")
        }
    }

    /// Ends a subscription. Messages not yet accepted by its listener are dropped. With a persistent session, the
    /// broker continues to collect messages for it.
    public func unsubscribe(_ context: Context, _ subscription: MQTTSubscription) async {
        clients.current.main?.unsubscribe(subscription.filter, subscription.id)
    }

    /// Empty: topics exist only while they are in use.
    public func readQueueNames(_ context: Context) async throws -> [String] { [] }
    /// Does nothing: a topic needs no creation.
    public func createQueue(_ context: Context, _ name: String) async throws {}
    /// Does nothing: a topic cannot be deleted.
    public func deleteQueue(_ context: Context, _ name: String) async throws {}

    // MARK: - Internal

    /// A packet has at most 268,435,455 bytes, including the topic and the properties.
    private static let payloadLimit = 268_000_000

    /// The number of clients connected or connecting; for tests.
    var clientCount: Int { clients.withLock { ($0.main == nil ? 0 : 1) + ($0.sender == nil ? 0 : 1) } }

    /// The number of messages buffered for listeners; for tests.
    var heldCount: Int { clients.current.main?.state.withLock { $0.heldCount } ?? 0 }

    /// The number of unacknowledged messages; for tests.
    var inFlightCount: Int {
        let clients = clients.current
        return (clients.sender ?? clients.main)?.state.withLock { $0.outbox.inFlightCount } ?? 0
    }

    private func client(_ context: Context) throws -> MQTTEngine {
        guard let main = clients.current.main else { throw MQTTFailure.closed.error(context, "MQTT") }
        return main
    }

    /// Returns the client for sending.
    private func sender(_ context: Context) async throws -> MQTTEngine {
        let clients = clients.current
        if let sender = clients.sender { return sender }
        guard let main = clients.main else { throw MQTTFailure.closed.error(context, "publish") }
        // With a persistent session, the broker would treat reused packet identifiers of an earlier connection as
        // duplicates.
        return main.options.isClean ? main : try await openSender(context)
    }

    /// Opens the second client, once.
    private func openSender(_ context: Context) async throws -> MQTTEngine {
        if let sender = clients.current.sender { return sender }
        return try await opening.run(Context(traceId: context.traceId), name: "The opening of a client of MQTT") {
            let current = clients.current
            if let sender = current.sender { return sender }
            guard current.main != nil else { throw MQTTFailure.closed.error(context, "MQTT") }
            var options = current.options
            options.clientId += "-send"
            (options.isClean, options.will) = (true, nil)
            let engine = try await openEngine(context, options)
            let isOpen = clients.withLock { clients in
                guard clients.main != nil else { return false }
                clients.sender = engine
                return true
            }
            guard isOpen else {
                await engine.close()
                throw MQTTFailure.closed.error(context, "MQTT")
            }
            return engine
        }
    }

    private func openEngine(_ context: Context, _ options: MQTTClientOptions) async throws -> MQTTEngine {
        let place = "The MQTT broker at \(options.address)"
        let peer = "\(place) (client '\(options.clientId)')"
        let engine = try MQTTEngine(options, clock: clock(), random: random()) { [meter, logger] change in
            switch change {
            case .lost(let error, let mayShareId):
                meter.noteLoss(of: peer, error.reason + (mayShareId ? "; is 'client_id' used twice?" : ""))
                meter.noteBreaker(.open)
            case .reconnected:
                meter.noteRecovery(of: peer)
                meter.noteBreaker(.closed)
                meter.noteReconnects()
            case .notAccepted(let error):
                logger.error(.empty, error: error, "A message of \(place) was not accepted and is dropped")
            case .notRenewed(let filter, let reason):
                logger.error(
                    .empty, error: nil,
                    "\(place) refuses to renew the subscription to '\(filter)', which receives nothing until the next "
                        + "connection: \(reason)")
            case .unclaimed(let topic, let count):
                logger.error(
                    .empty, error: nil,
                    "\(place) sends messages that nothing has subscribed to, and which are dropped, such as \(count) to"
                        + " '\(topic)': end the session '\(options.clientId)' or subscribe")
            }
        }
        do {
            try await withTaskCancellationHandler {
                try await engine.open()
            } onCancel: {
                engine.stop()
            }
            // After a late cancellation, the thread was told to end although the connection was established.
            if Task.isCancelled {
                await engine.close()
                throw CancellationError()
            }
        } catch let error as MQTTConnectionError {
            if retryConnect(), !error.isFinal, !Task.isCancelled {
                meter.noteLoss(of: peer, error.reason)
                return engine
            }
            await engine.close()
            try Task.checkCancellation()
            let (code, text) =
                switch error.kind {
                case .access: ("ACCESS_DENIED", "\(place) refuses the login")
                case .tls: ("TLS_FAILED", "\(place) can't be reached by TLS")
                case .refused: ("CONNECTION_REFUSED", "\(place) refuses the client '\(options.clientId)'")
                case .temporary, .takenOver: ("NO_CONNECTION", "\(place) can't be reached")
                }
            throw ApplicationError.connection(
                code: code, "\(text): \(error.reason)", traceId: context.traceId,
                details: ["address": .string("\(options.address)")])
        }
        return engine
    }

    private func clientOptions(_ context: Context) async throws -> MQTTClientOptions {
        let found = try await connections.resolveAll(context)
        guard let connection = found.first else {
            throw ApplicationError.config(
                code: "NO_CONNECTION", key: "connection.host",
                "The connection to the MQTT broker is not set; expected 'connection.host' or 'connection.uri'",
                traceId: context.traceId)
        }
        guard found.count == 1 else {
            throw ApplicationError.config(
                code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED", key: "connections",
                "\(found.count) connections to MQTT brokers are configured; expected one", traceId: context.traceId)
        }
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        var options = MQTTClientOptions(address: try MQTTAddress(context, connection, credential))
        guard isClean() || clientId() != nil else {
            throw ApplicationError.config(
                code: "NO_CLIENT_ID", key: "client_id",
                "'options.clean_session' is false and 'client_id' is not set; expected the id under which the broker "
                    + "keeps the session",
                traceId: context.traceId)
        }
        options.clientId = clientId() ?? "pip-\(IdGenerator.nextLong(random()).prefix(16))"
        if let problem = MQTTTopic.problem(ofText: options.clientId + "-send") {
            throw ApplicationError.config(
                code: "BAD_VALUE", key: "client_id",
                "'client_id' is '\((clientId() ?? "").shortened)', which can't be used: \(problem); expected up to "
                    + "65530 bytes without control characters",
                traceId: context.traceId)
        }
        options.isVersion5 = version() == "5"
        options.isClean = isClean()
        let seconds = sessionExpiry().inNanoseconds / 1_000_000_000
        options.sessionExpiry = seconds > 0 ? UInt32(clamping: seconds) : .max
        // libmosquitto accepts no shorter interval.
        let keepAlive = Int32(clamping: keepAliveTimeout().inNanoseconds / 1_000_000_000)
        options.keepAlive = keepAliveTimeout() > .zero ? max(5, keepAlive) : 0
        options.will = try will(context)
        options.maxInFlight = maxInFlight()
        options.maxQueue = maxQueue() > 0 ? maxQueue() : .max
        options.maxQueueBytes = maxQueueSize() > 0 ? maxQueueSize() : .max
        options.connectTimeout = connectTimeout().asLimit
        options.reconnectDelay = reconnectTimeout()
        options.maxReconnectDelay = max(reconnectTimeout(), maxReconnectTimeout())
        options.callTimeout = commandTimeout().asLimit
        options.silenceLimit = ackTimeout()
        return options
    }

    private func will(_ context: Context) throws -> MQTTClientOptions.Will? {
        guard let topic = willTopic() else { return nil }
        if let problem = MQTTTopic.problem(ofName: topic) {
            throw ApplicationError.config(
                code: "BAD_TOPIC", key: "will.topic",
                "'will.topic' is '\(topic.shortened)', to which nothing can be sent: \(problem); expected a topic "
                    + "without wildcards and control characters",
                traceId: context.traceId)
        }
        return MQTTClientOptions.Will(
            topic: topic, payload: Array(willMessage().utf8), qos: willQos(), isRetained: willRetain())
    }

    private static func check(_ context: Context, qos: Int) throws {
        guard !(0...2).contains(qos) else { return }
        throw ApplicationError.badRequest(
            code: "BAD_QOS", "The quality of service is \(qos); expected 0, 1 or 2", traceId: context.traceId,
            details: ["qos": .integer(Int64(qos))])
    }

    private static func check(_ context: Context, _ properties: [MQTTMessage.Property]) throws {
        for property in properties {
            for text in [property.name, property.value] where text.utf8.count > 65_535 || text.utf8.contains(0) {
                throw ApplicationError.badRequest(
                    code: "BAD_MESSAGE",
                    "The property '\(property.name)' can't be sent: expected at most 65535 bytes and no zero",
                    traceId: context.traceId)
            }
        }
    }

    private static func badTopic(
        _ context: Context, _ topic: String, _ problem: String, _ text: String
    ) -> ApplicationError {
        .badRequest(
            code: "BAD_TOPIC", "\(text) '\(topic)': \(problem)", traceId: context.traceId,
            details: ["topic": .string(topic)])
    }
}

/// A subscription of an ``MQTTConnection`` (the toolkit's `MqttSubscription`).
public struct MQTTSubscription: Sendable, Hashable {
    /// The filter of the topics.
    public let filter: String
    /// The requested quality of service.
    public let qos: Int
    /// Identifies the subscription in its connection.
    let id: Int
}
#endif
