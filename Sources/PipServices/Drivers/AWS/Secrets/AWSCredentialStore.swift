#if PIP_AWS
/// Keeps credentials in AWS Secrets Manager (no toolkit equivalent).
///
/// A secret holds a JSON object, `{"username": ..., "password": ...}`, or `key1=value1;key2=value2`; any other text is a
/// `password`. Its name is the key in the store, behind `prefix`. What was looked up is kept for `options.cache_timeout`.
/// Safe to use from any task.
public final class SecretsManagerCredentialStore: CredentialStore, Component, Openable, Checkable {
    private let engine = AWSCredentialStoreEngine(.secrets, prefix: "") { SecretsManagerSecrets(client: $0) }

    /// Creates a store.
    public init() {}

    /// True while the store is open.
    public var isOpen: Bool { engine.client.isOpen }
    /// Finds the region and the credentials to use the store with.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws { try await engine.client.open(context) }
    /// Checks the configuration, unless it has to be looked up.
    public func checkConfiguration(_ context: Context) async throws {
        try await engine.client.checkConfiguration(context)
    }
    /// Forgets what was looked up.
    public func close(_ context: Context) async throws { engine.close() }

    /// Keeps credentials under a key, in place of those that are there. Nil removes them.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        try await engine.store(context, key, credential)
    }

    /// The credentials under a key; nil if there are none.
    public func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        try await engine.lookup(context, key)
    }
}

/// Keeps credentials in the parameter store of AWS Systems Manager (no toolkit equivalent).
///
/// A parameter, of the type `SecureString`, holds what a secret does at ``SecretsManagerCredentialStore``. Safe to use
/// from any task.
public final class SSMCredentialStore: CredentialStore, Component, Openable, Checkable {
    private let engine = AWSCredentialStoreEngine(.parameters, prefix: "/") { SSMSecrets(client: $0) }

    /// Creates a store.
    public init() {}

    /// True while the store is open.
    public var isOpen: Bool { engine.client.isOpen }
    /// Finds the region and the credentials to use the store with.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws { try await engine.client.open(context) }
    /// Checks the configuration, unless it has to be looked up.
    public func checkConfiguration(_ context: Context) async throws {
        try await engine.client.checkConfiguration(context)
    }
    /// Forgets what was looked up.
    public func close(_ context: Context) async throws { engine.close() }

    /// Keeps credentials under a key, in place of those that are there. Nil removes them.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        try await engine.store(context, key, credential)
    }

    /// The credentials under a key; nil if there are none.
    public func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        try await engine.lookup(context, key)
    }
}

// MARK: - Internal

/// What both stores consist of.
final class AWSCredentialStoreEngine: Component {
    private struct Entry: Sendable {
        let credential: CredentialParams?
        let end: Duration
    }

    private let prefix: Setting<String>
    private let cacheTimeout = Setting(
        "options.cache_timeout", default: Duration.seconds(60), in: Duration.zero...,
        "How long credentials are kept after they were looked up, in ms; 0 for not at all")
    private let clock = ClockSlot()
    private let entries = Locked<[ScalarText: Entry]>([:])
    private let secrets: any AWSSecrets
    let client: AWSClient
    /// Keys come from the program; should they come from elsewhere, they must not fill the memory.
    private static let maxCount = 1000

    init(_ service: AWSService, prefix: String, _ secrets: (AWSClient) -> any AWSSecrets) {
        client = AWSClient(service)
        self.secrets = secrets(client)
        self.prefix = Setting("prefix", default: prefix, "What precedes a key in the names of AWS")
    }

    func close() {
        client.close()
        entries.withLock { $0 = [:] }
    }

    func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        entries.withLock { _ = $0.removeValue(forKey: ScalarText(key)) }
        let text = credential.map { credential in
            JSONConverter.toJSON(
                .map(AnyValueMap(credential.config.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })))
        }
        try await secrets.write(context, prefix() + key, text)
        entries.withLock { _ = $0.removeValue(forKey: ScalarText(key)) }
    }

    func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        guard !key.isEmpty else { return nil }
        let now = clock.uptime
        if let entry = entries.withLock({ $0[ScalarText(key)] }), entry.end > now { return entry.credential }
        let text = try await secrets.read(context, prefix() + key)
        let credential = text.map { Self.credential($0) }
        if cacheTimeout() > .zero, credential != nil {
            let entry = Entry(credential: credential, end: now.adding(timeout: cacheTimeout()))
            entries.withLock { entries in
                if entries.count >= Self.maxCount { entries = entries.filter { $0.value.end > now } }
                if entries.count < Self.maxCount { entries[ScalarText(key)] = entry }
            }
        }
        return credential
    }

    private static func credential(_ text: String) -> CredentialParams {
        if let fields = (try? JSONParser.parse(text))?.map { return CredentialParams(ConfigParams(.map(fields))) }
        let params = CredentialParams(parsing: text)
        let isParams = text.contains(scalar: "=") && params.config.allSatisfy { $0.value != nil }
        return isParams ? params : ["password": text]
    }
}
#endif
