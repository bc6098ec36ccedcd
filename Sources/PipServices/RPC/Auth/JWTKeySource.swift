/// Provides the keys for verifying tokens, as the JSON text of a JWK set. A ``JWTAuthenticator`` uses the component at
/// `*:key-source:*:*:1.0`, if there is one. It requests the keys before the first verification, periodically, and when
/// a token names an unknown key, since keys rotate.
public protocol JWTKeySource: Sendable {
    /// Returns the JWK set as JSON. On an error, the known keys stay in use.
    func keys(_ context: Context) async throws -> String
}
