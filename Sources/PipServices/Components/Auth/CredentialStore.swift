/// Stores credentials by key (the toolkit's `ICredentialStore`), so that configuration files contain none.
///
/// A component names a key in `credential.store_key`. Its ``CredentialResolver`` looks it up in the service's stores at
/// `*:credential-store:*:*:*`. Test an implementation with `CredentialStoreContract` of `PipServicesTesting`.
public protocol CredentialStore: Sendable {
    /// Stores credentials under a key, replacing existing ones. Nil removes them.
    func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws
    /// Returns the credentials under a key, or nil.
    func lookup(_ context: Context, _ key: String) async throws -> CredentialParams?
}
