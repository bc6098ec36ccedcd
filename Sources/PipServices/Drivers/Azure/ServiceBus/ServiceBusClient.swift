#if PIP_AZURE
import FoundationEssentials

/// The connection of a queue or topic to Service Bus: resolves the namespace, authenticates the service, and renews the
/// authentication.
///
/// A child component of the queue's connector, which opens and closes it.
final class ServiceBusClient: Component {
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
        "options.idle_timeout", default: Duration.seconds(60), in: Duration.zero...Duration.seconds(3_600),
        "The maximum silence of the broker before the client reconnects, in ms; 0 for no limit")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The time in which a call must be sent and receive the broker's response, in ms; 0 for no limit")
    private let maxInFlight = Setting(
        "options.max_in_flight", default: 100, in: 1...10_000,
        "The maximum number of sent messages that await the broker's response")
    private let tokenLifetime = Setting(
        "options.token_lifetime", default: Duration.seconds(3_600), in: Duration.seconds(1)...Duration.seconds(86_400),
        "The validity period of a shared access signature, in ms; it is renewed before it expires")
    private let slot = AMQPConnectorSlot()
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let meter = DriverMeter("servicebus")
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)
    let resolver = AzureConnectionResolver()

    private struct State: Sendable {
        var client: (any AMQPClient)?
        var renewal: Task<Void, Never>?
        var managers: [ScalarText: AMQPRequester] = [:]
    }

    private let state = Locked(State())

    /// The peer's name in errors.
    static let broker = "Service Bus"

    deinit {
        let state = state.current
        state.renewal?.cancel()
        if let client = state.client { Task { await client.close() } }
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    func checkConfiguration(_ context: Context) async throws {
        guard !resolver.needsLookup else { return }
        _ = try ServiceBusNamespace(context, try await resolver.resolve(context))
        _ = try slot.connector(for: "Service Bus")
    }

    /// Connects. Does nothing if already open.
    /// - Parameter entities: the paths of the used entities: a queue, or a topic and a subscription.
    /// - Throws: Misconfiguration `NO_CONNECTION_URI`, `BAD_URI`, `NO_ACCESS_ID`, `NO_ACCESS_KEY`,
    ///   `NOT_COMPILED_IN`; NoResponse `NO_CONNECTION`, `ACCESS_DENIED`, `TLS_FAILED`.
    func open(_ context: Context, entities: [String]) async throws {
        try await opening.run(Context(traceId: context.traceId), name: "The opening of the connection to Service Bus") {
            guard state.withLock({ $0.client == nil }) else { return }
            let params = try await resolver.resolve(context)
            let namespace = try ServiceBusNamespace(context, params)
            let connector = try slot.connector(for: "Service Bus")
            let authorizer = authorizer(namespace, entities)
            let options = options(namespace, params, authorizer)
            let client: any AMQPClient
            do {
                client = try await connector.connect(
                    options, clock: clock(), random: random(), onChange: { [weak self] in self?.noteChange($0) })
            } catch let error as AMQPConnectionError {
                throw error.openingError(context, "Service Bus at \(namespace.server)")
            }
            let renewal = Task { [weak self] in
                var isRenewed = true
                while let life = self?.tokenLifetime(), let clock = self?.clock(),
                    (try? await clock.sleep(for: isRenewed ? life / 2 : min(life / 8, Self.renewalPause))) != nil
                {
                    isRenewed = await self?.renew(client, authorizer) ?? true
                }
            }
            state.withLock { ($0.client, $0.renewal) = (client, renewal) }
            meter.noteBreaker(.closed)
        }
    }

    /// The current date.
    var now: Date { clock.now }

    func close() async {
        let old = state.withLock { state in
            defer { state = State() }
            return state
        }
        old.renewal?.cancel()
        for manager in old.managers.values { await manager.close() }
        await old.client?.close()
    }

    /// The client.
    /// - Throws: InvalidState `NOT_OPENED`.
    func client(_ context: Context) throws -> any AMQPClient {
        guard let client = state.withLock({ $0.client }) else {
            throw AMQPFailure.closed.error(context, Self.broker, "Service Bus")
        }
        return client
    }

    /// Sends a message. While the broker is busy, sending is retried with a back-off until `options.command_timeout`
    /// expires.
    func send(_ context: Context, _ message: AMQPMessage, to entity: String, queue: String) async throws {
        let (client, bytes) = (try client(context), message.encoded)
        let end = min(clock.uptime.adding(timeout: commandTimeout().asLimit), context.deadline ?? .never)
        var attempt = 0
        while true {
            let outcome = await meter.measure(queueDepth: client.queueDepth) {
                await client.send(bytes, to: entity, deadline: end)
            }
            guard case .failure(let failure) = outcome else { return }
            guard case .refused(let condition) = failure else {
                throw failure.error(context, Self.broker, "send to \(entity)")
            }
            if condition.isOne(of: "amqp:resource-limit-exceeded") {
                throw ApplicationError.tooManyRequests(
                    code: "QUEUE_FULL", "Service Bus refused a message for '\(entity)': \(condition)",
                    traceId: context.traceId, details: ["queue": .string(queue)])
            }
            let pause = Self.busy.pause(before: attempt, random())
            guard condition.isOne(of: "com.microsoft:server-busy", "com.microsoft:timeout"), clock.uptime + pause < end
            else { throw failure.error(context, Self.broker, "send to \(entity)") }
            attempt += 1
            try await clock.sleep(for: pause)
        }
    }

    /// Calls an operation of an entity's management node.
    /// - Returns: the response; nil if it has no content.
    func manage(
        _ context: Context, _ entity: String, _ operation: String, _ body: AMQPMap
    ) async throws -> AMQPMap? {
        let (client, address) = (try client(context), "\(entity)/$management")
        let manager = state.withLock { state in
            if let manager = state.managers[ScalarText(address)] { return manager }
            let manager = AMQPRequester(
                client, address, timeout: commandTimeout().asLimit, clock: clock(), random: random())
            state.managers[ScalarText(address)] = manager
            return manager
        }
        var message = AMQPMessage()
        message.properties = ["operation": .string("com.microsoft:\(operation)")]
        message.body = .value(.map(body))
        switch await manager.request(message, deadline: context.deadline) {
        case .failure(let failure): throw failure.error(context, Self.broker, "\(operation) of \(entity)")
        case .success(let response):
            let status = response.properties["statusCode"]?.integer ?? 0
            if status == 204 { return nil }
            guard (200..<300).contains(status) else {
                throw Self.error(context, entity, operation, Int(clamping: status), response)
            }
            if case .value(.map(let map)) = response.body { return map }
            return [:]
        }
    }

    // MARK: - Internal

    private static let busy = RetryPolicy(delay: .milliseconds(500), maxDelay: .seconds(10))
    /// The timeout for setting up a connection.
    private static let authorizationTimeout = Duration.seconds(10)
    /// The longest pause before a failed token renewal is retried.
    private static let renewalPause = Duration.seconds(30)

    private static func error(
        _ context: Context, _ entity: String, _ operation: String, _ status: Int, _ response: AMQPMessage
    ) -> ApplicationError {
        let name = response.properties["errorCondition"]?.text ?? ""
        let text = response.properties["statusDescription"]?.text ?? ""
        if name.isSame(as: "com.microsoft:message-lock-lost") || status == 410 {
            return .lockExpired(context, entity)
        }
        return .invocation(
            code: "REFUSED",
            "Service Bus refused '\(operation)' of '\(entity)': "
                + String("\(status) \(name) \(text)".unicodeScalars.prefix(500)),
            traceId: context.traceId, details: ["condition": .string(name), "status": .integer(Int64(status))])
    }

    private func noteChange(_ change: AMQPChange) {
        switch change {
        case .lost(let error, let server):
            meter.noteLoss(of: "Service Bus at \(server)", error.reason)
            meter.noteBreaker(.open)
        case .reconnected(let server):
            meter.noteRecovery(of: "Service Bus at \(server)")
            meter.noteBreaker(.closed)
            meter.noteReconnects()
        }
    }

    private func options(
        _ namespace: ServiceBusNamespace, _ params: AzureConnectionParams,
        _ authorize: @escaping AMQPClientOptions.Authorizer
    ) -> AMQPClientOptions {
        var options = AMQPClientOptions(servers: [namespace.server])
        options.authorityFile = params.config.text("ssl_ca_file")
        options.virtualHost = namespace.server.host
        options.authorizationAddress = "$cbs"
        options.authorize = authorize
        options.connectTimeout = connectTimeout().asLimit
        options.reconnectDelay = reconnectTimeout()
        options.maxReconnectDelay = max(reconnectTimeout(), maxReconnectTimeout())
        options.idleTimeout = idleTimeout()
        options.callTimeout = commandTimeout().asLimit
        options.maxInFlight = maxInFlight()
        return options
    }

    /// Claims-based security: sends a token for each entity to the node `$cbs`.
    private func authorizer(_ namespace: ServiceBusNamespace, _ entities: [String]) -> AMQPClientOptions.Authorizer {
        let (clock, random, life) = (clock(), random(), tokenLifetime())
        return { client in
            let node = AMQPRequester(
                client, "$cbs", timeout: Self.authorizationTimeout, clock: clock, random: random)
            for entity in entities {
                var message = AMQPMessage()
                let audience = "sb://\(namespace.server.host)/\(entity)"
                message.properties = [
                    "operation": .string("put-token"), "type": .string("servicebus.windows.net:sastoken"),
                    "name": .string(audience),
                ]
                message.body = .value(
                    .string(
                        namespace.token(for: audience, expires: clock.now.addingTimeInterval(life.milliseconds / 1000)))
                )
                let response: AMQPMessage
                switch await node.request(message) {
                case .success(let found): response = found
                case .failure(let failure):
                    await node.close()
                    throw AMQPConnectionError(reason: "the token was not accepted: \(failure)")
                }
                let status = response.properties["status-code"]?.integer ?? 0
                guard (200..<300).contains(status) else {
                    await node.close()
                    let text = response.properties["status-description"]?.text ?? ""
                    throw AMQPConnectionError(
                        reason: "the token for '\(entity)' is refused: \(status) \(text.shortened)",
                        kind: [401, 403, 404].contains(status) ? .refused : .temporary)
                }
            }
            await node.close()
        }
    }

    /// Renews the tokens of all entities.
    /// - Returns: false if the renewal must be retried soon.
    private func renew(_ client: any AMQPClient, _ authorize: AMQPClientOptions.Authorizer) async -> Bool {
        // A lost connection receives new tokens when it is re-established.
        guard client.missingReason == nil else { return true }
        do {
            try await authorize(client)
            return true
        } catch {
            logger.warn(.empty, "The token of Service Bus can't be renewed now: \(error)")
            return false
        }
    }
}
#endif
