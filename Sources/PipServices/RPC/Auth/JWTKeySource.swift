/// Brings the keys by which tokens are checked, as the JSON text of a JWK set. A ``JWTAuthenticator`` asks the service's
/// component at `*:key-source:*:*:1.0`, where there is one, when it starts to check tokens, from time to time, and when
/// a token names a key that it does not know: keys rotate.
public protocol JWTKeySource: Sendable {
    /// The JWK set as JSON. Throws when it can't be had; the keys that are known then stay in use.
    func keys(_ context: Context) async throws -> String
}
