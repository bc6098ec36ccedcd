/// A discovery service: stores connections by key, so that components find each other at run time (the toolkit's
/// `IDiscovery`).
///
/// A component names a key in `connection.discovery_key`. Its ``ConnectionResolver`` looks it up in the discovery
/// services at `*:discovery:*:*:*`. Test an implementation with `DiscoveryContract` of `PipServicesTesting`.
public protocol Discovery: Sendable {
    /// Adds a connection under a key, unless it is already registered, and returns it.
    @discardableResult
    func register(_ context: Context, _ key: String, _ connection: ConnectionParams) async throws -> ConnectionParams
    /// Returns the first connection under a key, or nil.
    func resolveOne(_ context: Context, _ key: String) async throws -> ConnectionParams?
    /// Returns all connections under a key, oldest first. Empty if there are none.
    func resolveAll(_ context: Context, _ key: String) async throws -> [ConnectionParams]
}
