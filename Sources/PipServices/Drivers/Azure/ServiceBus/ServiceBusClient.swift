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
    private let managementURI = Setting<String?>(
        "connection.management_uri", default: nil,
        "The address of the management API, for temporary subscriptions; by default https at the namespace")
    private let slot = AMQPConnectorSlot()
    private let http = HTTPConnectorSlot("http-connector")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let meter = DriverMeter("servicebus")
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)
    private let environment: @Sendable () -> AzureEnvironment
    let resolver = AzureConnectionResolver()

    private struct State: Sendable {
        var client: (any AMQPClient)?
        var credentials: ServiceBusCredentials?
        var renewal: Task<Void, Never>?
        var managers: [ScalarText: AMQPRequester] = [:]
        /// The entities that tokens are sent for.
        var audiences: Locked<[Audience]>?
    }

    /// An entity that is used.
    private struct Audience: Sendable {
        let entity: String
        /// A token is optional, because the broker may have deleted the entity.
        let mayBeMissing: Bool
    }

    private let state = Locked(State())

    /// The peer's name in errors.
    static let broker = "Service Bus"

    /// - Parameter environment: the variables of an identity.
    init(environment: @escaping @Sendable () -> AzureEnvironment = { .process }) { self.environment = environment }

    deinit {
        let state = state.current
        state.renewal?.cancel()
        if let client = state.client { Task { await client.close() } }
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    func checkConfiguration(_ context: Context) async throws {
        guard !resolver.needsLookup else { return }
        _ = try ServiceBusNamespace(context, try await resolver.resolve(context), environment())
        _ = try slot.connector(for: "Service Bus")
    }

    /// Connects. Does nothing if already open.
    /// - Parameter entities: the paths of the used entities: a queue, or a topic and a subscription.
    /// - Throws: Misconfiguration `NO_CONNECTION_URI`, `BAD_URI`, `NO_ACCESS_ID`, `NO_ACCESS_KEY`,
    ///   `NOT_COMPILED_IN`; NoResponse `NO_CONNECTION`, `ACCESS_DENIED`, `TLS_FAILED`; the errors of an identity.
    func open(_ context: Context, entities: [String]) async throws {
        try await opening.run(Context(traceId: context.traceId), name: "The opening of the connection to Service Bus") {
            guard state.withLock({ $0.client == nil }) else { return }
            let params = try await resolver.resolve(context)
            let namespace = try ServiceBusNamespace(context, params, environment())
            let connector = try slot.connector(for: "Service Bus")
            let credentials = credentials(namespace, params)
            // A failed token request is reported as such, and not as a connection error.
            try await credentials.prepare(context)
            let audiences = Locked(entities.map { Audience(entity: $0, mayBeMissing: false) })
            let authorizer = authorizer(credentials, audiences)
            let options = options(namespace, params, authorizer)
            let client: any AMQPClient
            do {
                client = try await connector.connect(
                    options, clock: clock(), random: random(), onChange: { [weak self] in self?.noteChange($0) })
            } catch let error as AMQPConnectionError {
                throw error.openingError(context, "Service Bus at \(namespace.server)")
            }
            let renewal = Task { [weak self] in
                while let clock = self?.clock(), (try? await clock.sleep(for: credentials.renewalPause)) != nil {
                    await self?.renew(client, authorizer)
                }
            }
            state.withLock { state in
                (state.client, state.renewal, state.credentials, state.audiences) =
                    (client, renewal, credentials, audiences)
            }
            meter.noteBreaker(.closed)
        }
    }

    /// Sends a token for a subscription, now and for each later connection. The broker may have deleted it by then.
    /// - Throws: NoResponse `ACCESS_DENIED` or `NO_CONNECTION`.
    func authorize(_ context: Context, entity: String) async throws {
        let (client, state) = (try client(context), state.current)
        guard let credentials = state.credentials, let audiences = state.audiences else { return }
        let audience = Audience(entity: entity, mayBeMissing: true)
        audiences.withLock { audiences in
            if !audiences.contains(where: { $0.entity.isSame(as: entity) }) { audiences.append(audience) }
        }
        do {
            try await authorizer(credentials, Locked([audience]))(client)
        } catch let error as AMQPConnectionError {
            throw error.openingError(context, "Service Bus at \(credentials.namespace.server)")
        }
    }

    /// The management API.
    /// - Throws: InvalidState `NOT_OPENED`.
    func management(_ context: Context) throws -> ServiceBusManagement {
        _ = try client(context)
        guard let credentials = state.withLock({ $0.credentials }) else {
            throw AMQPFailure.closed.error(context, Self.broker, "the management API")
        }
        return ServiceBusManagement(credentials: credentials, timeout: min(callTime, .seconds(60)))
    }

    /// The current date.
    var now: Date { clock.now }

    /// The timeout of a call.
    var callTime: Duration { commandTimeout().asLimit }

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
    /// - Parameter link: the name of the link that owns the session.
    /// - Returns: the response; nil if it has no content.
    func manage(
        _ context: Context, _ entity: String, _ operation: String, _ body: AMQPMap, link: String? = nil
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
        if let link { message.properties["associated-link-name"] = .string(link) }
        message.body = .value(.map(body))
        switch await manager.request(message, deadline: context.deadline) {
        case .failure(let failure): throw failure.error(context, Self.broker, "\(operation) of \(entity)")
        case .success(let response):
            let status = response.properties["statusCode"]?.integer ?? 0
            if status == 204 { return nil }
            guard (200..<300).contains(status) else {
                throw Self.error(context, entity, operation, Int(clamping: status), response, body["session-id"]?.text)
            }
            if case .value(.map(let map)) = response.body { return map }
            return [:]
        }
    }

    // MARK: - Internal

    private static let busy = RetryPolicy(delay: .milliseconds(500), maxDelay: .seconds(10))
    /// The timeout for setting up a connection.
    private static let authorizationTimeout = Duration.seconds(10)

    private static func error(
        _ context: Context, _ entity: String, _ operation: String, _ status: Int, _ response: AMQPMessage,
        _ session: String?
    ) -> ApplicationError {
        let name = response.properties["errorCondition"]?.text ?? ""
        let text = response.properties["statusDescription"]?.text ?? ""
        if name.isSame(as: "com.microsoft:session-lock-lost") || status == 410 && session != nil {
            return .sessionLockLost(context, entity, session)
        }
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

    private func credentials(
        _ namespace: ServiceBusNamespace, _ params: AzureConnectionParams
    ) -> ServiceBusCredentials {
        let (http, logger) = (http, logger)
        var transport = HTTPTransport()
        transport.caFile = params.config.text("ssl_ca_file")
        return ServiceBusCredentials(
            namespace, lifetime: tokenLifetime(), transport: transport, clock: clock(), random: random(),
            logger: logger, connector: { http.connector(for: $0) })
    }

    /// Claims-based security: sends a token for each entity to the node `$cbs`.
    private func authorizer(
        _ credentials: ServiceBusCredentials, _ audiences: Locked<[Audience]>
    ) -> AMQPClientOptions.Authorizer {
        let (clock, random) = (clock(), random())
        return { client in
            let node = AMQPRequester(
                client, "$cbs", timeout: Self.authorizationTimeout, clock: clock, random: random)
            do {
                for audience in audiences.current { try await Self.putToken(credentials, audience, to: node) }
            } catch {
                await node.close()
                throw error
            }
            await node.close()
        }
    }

    /// - Throws: ``AMQPConnectionError``.
    private static func putToken(
        _ credentials: ServiceBusCredentials, _ audience: Audience, to node: AMQPRequester
    ) async throws {
        var hasRenewed = false
        while true {
            let name = "sb://\(credentials.namespace.server.host)/\(audience.entity)"
            let token = try await credentials.token(for: name)
            var message = AMQPMessage()
            message.properties = [
                "operation": .string("put-token"), "type": .string(token.type), "name": .string(name),
            ]
            message.body = .value(.string(token.text))
            let response: AMQPMessage
            switch await node.request(message) {
            case .success(let found): response = found
            case .failure(let failure): throw AMQPConnectionError(reason: "the token was not accepted: \(failure)")
            }
            let status = response.properties["status-code"]?.integer ?? 0
            if (200..<300).contains(status) || status == 404 && audience.mayBeMissing { return }
            if status == 401, !hasRenewed, credentials.invalidate(token) {
                hasRenewed = true
                continue
            }
            let text = response.properties["status-description"]?.text ?? ""
            throw AMQPConnectionError(
                reason: "the token for '\(audience.entity)' is refused: \(status) \(text.shortened)",
                kind: [401, 403, 404].contains(status) ? .refused : .temporary)
        }
    }

    private func renew(_ client: any AMQPClient, _ authorize: AMQPClientOptions.Authorizer) async {
        // A lost connection receives new tokens when it is re-established.
        guard client.missingReason == nil else { return }
        do {
            try await authorize(client)
        } catch {
            logger.warn(.empty, "The token of Service Bus can't be renewed now: \(error)")
        }
    }
}
#endif
