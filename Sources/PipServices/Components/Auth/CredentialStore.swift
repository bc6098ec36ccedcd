/// Keeps credentials under keys (the toolkit's `ICredentialStore`), so that configuration files hold none.
///
/// A component's `credential.store_key` names a key; its ``CredentialResolver`` asks the stores of the service at
/// `*:credential-store:*:*:*`. `CredentialStoreContract` of `PipServicesTesting` tells whether a store keeps the rules.
public protocol CredentialStore: Sendable {
    /// Keeps credentials under a key, in the place of those that are there. Nil removes what is there.
    func store(_ context: Context, _ key: String, _ credential: CredentialParams?) async throws
    /// The credentials under a key; nil when there are none.
    func lookup(_ context: Context, _ key: String) async throws -> CredentialParams?
}
