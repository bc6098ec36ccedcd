#if PIP_AWS
/// Stores credentials in AWS Secrets Manager (no toolkit equivalent).
///
/// A secret contains a JSON object, `{"username": ..., "password": ...}`, or `key1=value1;key2=value2`; any other text
/// is a `password`. Its name is `prefix` followed by the key in the store. Credentials are cached for
/// `options.cache_timeout`. Safe to use from any task.
public final class SecretsManagerCredentialStore: CredentialStore, Component, Openable, Checkable {
    private let engine = AWSCredentialStoreEngine(.secrets, prefix: "") { SecretsManagerSecrets(client: $0) }

    /// Creates a store.
    public init() {}

    /// True while the store is open.
    public var isOpen: Bool { engine.client.isOpen }
    /// Resolves the region and the credentials for the store.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws { try await engine.client.open(context) }
    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await engine.client.checkConfiguration(context)
    }
    /// Closes the store and clears its cache.
    public func close(_ context: Context) async throws { engine.close() }

    /// Stores credentials under a key, replacing any existing ones. Nil removes them.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        try await engine.store(context, key, credential)
    }

    /// Returns the credentials of a key; nil if there are none.
    public func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        try await engine.lookup(context, key)
    }
}

/// Stores credentials in the parameter store of AWS Systems Manager (no toolkit equivalent).
///
/// A parameter has the type `SecureString` and the format of a secret of ``SecretsManagerCredentialStore``. Safe to use
/// from any task.
public final class SSMCredentialStore: CredentialStore, Component, Openable, Checkable {
    private let engine = AWSCredentialStoreEngine(.parameters, prefix: "/") { SSMSecrets(client: $0) }

    /// Creates a store.
    public init() {}

    /// True while the store is open.
    public var isOpen: Bool { engine.client.isOpen }
    /// Resolves the region and the credentials for the store.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws { try await engine.client.open(context) }
    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await engine.client.checkConfiguration(context)
    }
    /// Closes the store and clears its cache.
    public func close(_ context: Context) async throws { engine.close() }

    /// Stores credentials under a key, replacing any existing ones. Nil removes them.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        try await engine.store(context, key, credential)
    }

    /// Returns the credentials of a key; nil if there are none.
    public func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        try await engine.lookup(context, key)
    }
}

// MARK: - Internal

/// The shared implementation of both stores.
final class AWSCredentialStoreEngine: Component {
    private let prefix: Setting<String>
    private let cache = CredentialMemory()
    private let secrets: any AWSSecrets
    let client: AWSClient

    init(_ service: AWSService, prefix: String, _ secrets: (AWSClient) -> any AWSSecrets) {
        client = AWSClient(service)
        self.secrets = secrets(client)
        self.prefix = Setting("prefix", default: prefix, "The prefix of a key in the names in AWS")
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
