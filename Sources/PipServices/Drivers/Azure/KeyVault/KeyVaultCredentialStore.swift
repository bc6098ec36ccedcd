#if PIP_AZURE
/// Stores credentials in an Azure Key Vault (no toolkit equivalent).
///
/// A secret contains a JSON object, `{"username": ..., "password": ...}`, or `key1=value1;key2=value2`; any other text
/// is a `password`. Its name is `prefix` followed by the key in the store, with `-` instead of characters that names
/// must not contain. Names are case-insensitive. Credentials are cached for `options.cache_timeout`. Safe to use from
/// any task.
public final class KeyVaultCredentialStore: CredentialStore, Component, Openable, Checkable {
    private let prefix = Setting("prefix", default: "", "The prefix of a key in the names of the secrets")
    private let cache = CredentialMemory()
    private let secrets = KeyVaultSecrets()

    /// Creates a store.
    public init() {}

    /// True while the store is open.
    public var isOpen: Bool { secrets.client.isOpen }
    /// Resolves the vault and the credentials for it.
    /// - Throws: as ``AzureConnectionResolver/resolve(_:)``; Misconfiguration `NO_URI`, `BAD_URI`, `BAD_VAULT` or
    ///   `NO_CREDENTIALS`.
    public func open(_ context: Context) async throws { try await secrets.client.open(context) }
    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await secrets.client.checkConfiguration(context)
    }
    /// Closes the store and clears its cache.
    public func close(_ context: Context) async throws {
        secrets.client.close()
        cache.clear()
    }

    /// Stores credentials under a key, replacing any existing ones. Nil removes them.
    /// - Throws: BadRequest `BAD_SECRET_NAME`; NoResponse if the vault can't be reached or rejects the request.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws {
        let name = try name(context, key)
        cache.remove(key)
        if let text = credential?.secretText {
            try await secrets.write(context, name, text)
        } else {
            try await secrets.delete(context, name)
        }
        cache.remove(key)
    }

    /// Returns the credentials of a key; nil if there are none.
    /// - Throws: as ``store(_:_:_:)``.
    public func lookup(_ context: Context, _ key: String) async throws -> CredentialParams? {
        guard !key.isEmpty else { return nil }
        if let known = cache[key] { return known }
        let found = try await secrets.read(context, try name(context, key)).map { CredentialParams(secretText: $0) }
        if let found { cache.keep(key, found) }
        return found
    }

    // MARK: - Internal

    /// Secret names contain only letters, digits and `-`.
    private func name(_ context: Context, _ key: String) throws(ApplicationError) -> String {
        let name = (prefix() + key).utf8.map { byte -> UInt8 in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: byte
            default: UInt8(ascii: "-")
            }
        }
        let isUnchanged = zip(name, (prefix() + key).utf8).allSatisfy { new, old in
            new == old || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: ":")].contains(old)
        }
        guard isUnchanged, (1...127).contains(name.count) else {
            throw .badRequest(
                code: "BAD_SECRET_NAME",
                "The key '\(key.shortened)' is no name of a secret; expected at most 127 letters, digits and - . _ / :",
                traceId: context.traceId, details: ["key": .string(key.shortened)])
        }
        return String(decoding: name, as: UTF8.self)
    }
}
#endif
