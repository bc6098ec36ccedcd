#if PIP_AZURE
import FoundationEssentials

/// The tokens for authentication at Service Bus. Contains secrets.
final class ServiceBusCredentials: Sendable {
    /// A token for the node `$cbs`, or for the management API.
    struct Token: Sendable {
        /// The type that `put-token` names.
        let type: String
        let text: String
        fileprivate var entra: AzureToken?

        /// The value of `Authorization`.
        var header: String { entra == nil ? text : "Bearer \(text)" }
    }

    let namespace: ServiceBusNamespace
    let transport: HTTPTransport
    let clock: any ClockSource
    let random: any RandomSource
    /// Returns the connector for an address.
    let connector: @Sendable (String) -> any HTTPConnector
    /// The validity period of a signature.
    private let lifetime: Duration
    private let tokens: AzureTokens?
    private let expiration = Locked<Date?>(nil)

    // The second slash is part of the name: tokens for it without one are refused.
    private static let resource = "https://servicebus.azure.net/"
    /// The minimum remaining validity of a token, in seconds.
    private static let margin: TimeInterval = 60
    private static let policy = RetryPolicy(delay: .milliseconds(500), maxDelay: .seconds(5))

    init(
        _ namespace: ServiceBusNamespace, lifetime: Duration, transport: HTTPTransport, clock: any ClockSource,
        random: any RandomSource, logger: any Logger, connector: @escaping @Sendable (String) -> any HTTPConnector
    ) {
        self.namespace = namespace
        self.lifetime = lifetime
        self.transport = transport
        self.clock = clock
        self.random = random
        self.connector = connector
        guard case .identity(let identity) = namespace.proof else {
            tokens = nil
            return
        }
        let source = AzureTokenSource(
            identity: identity, resource: Self.resource, transport: transport, policy: Self.policy, clock: clock,
            random: random, connector: connector)
        tokens = source.tokens(logger: logger)
    }

    /// Requests the first token from Microsoft Entra.
    /// - Throws: what ``AzureTokenSource/load(_:)`` throws.
    func prepare(_ context: Context) async throws { _ = try await tokens?.current(context) }

    /// Returns a token for an address.
    /// - Throws: ``AMQPConnectionError`` if Microsoft Entra issues no token.
    func token(for audience: String) async throws -> Token {
        do {
            return try await token(.empty, for: audience)
        } catch let error as ApplicationError {
            throw AMQPConnectionError(
                reason: "there is no token: \(error.message)",
                kind: error.code.isSame(as: "ACCESS_DENIED") ? .refused : .temporary)
        }
    }

    /// Returns a token for an address.
    /// - Throws: what ``AzureTokenSource/load(_:)`` throws.
    func token(_ context: Context, for audience: String) async throws -> Token {
        if let tokens {
            var token = try await tokens.current(context)
            if let end = token.expiration, end.timeIntervalSince(clock.now) < Self.margin {
                // The cache keeps tokens that HTTP services may still accept. Here, the links would be closed at their
                // end.
                tokens.invalidate(token)
                token = try await tokens.current(context)
            }
            expiration.withLock { $0 = token.expiration }
            return Token(type: "jwt", text: token.text, entra: token)
        }
        return Token(type: "servicebus.windows.net:sastoken", text: signature(for: audience))
    }

    /// Drops a refused token. False if no other one can be requested.
    func invalidate(_ token: Token) -> Bool {
        guard let tokens, let refused = token.entra else { return false }
        tokens.invalidate(refused)
        return true
    }

    /// The time until the sent tokens must be renewed.
    var renewalPause: Duration {
        guard let end = expiration.current else { return lifetime / 2 }
        let left = min(max(end.timeIntervalSince(clock.now), 0), 86_400)
        return min(lifetime / 2, max(.milliseconds(Int64(left * 500)), .seconds(1)))
    }

    // MARK: - Internal

    private func signature(for audience: String) -> String {
        switch namespace.proof {
        case .key(let name, let key):
            AzureSharedAccessSignature.token(
                uri: audience, keyName: name, key: key,
                expires: clock.now.addingTimeInterval(lifetime.milliseconds / 1000))
        case .signature(let text): text
        case .identity: ""
        }
    }
}
#endif
