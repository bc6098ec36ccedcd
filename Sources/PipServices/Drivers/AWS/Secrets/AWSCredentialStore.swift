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
    private let prefix: Setting<String>
    private let cache = CredentialMemory()
    private let secrets: any AWSSecrets
    let client: AWSClient

    init(_ service: AWSService, prefix: String, _ secrets: (AWSClient) -> any AWSSecrets) {
        client = AWSClient(service)
        self.secrets = secrets(client)
        self.prefix = Setting("prefix", default: prefix, "What precedes a key in the names of AWS")
    }

    func close() {
        client.close()
        cache.clear()
    }

    func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        cache.remove(key)
        try await secrets.write(context, prefix() + key, credential?.secretText)
        cache.remove(key)
    }

    func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        guard !key.isEmpty else { return nil }
        if let known = cache[key] { return known }
        let found = try await secrets.read(context, prefix() + key).map { CredentialParams(secretText: $0) }
        if let found { cache.keep(key, found) }
        return found
    }
}
#endif
