/// Keeps connections under keys (the toolkit's `IDiscovery`), so that components find each other where they really are.
///
/// A component's `connection.discovery_key` names a key; its ``ConnectionResolver`` asks the discovery services at
/// `*:discovery:*:*:*`. `DiscoveryContract` of `PipServicesTesting` tells whether a service keeps the rules.
public protocol Discovery: Sendable {
    /// Adds a connection to those under a key, and gives back what was registered. One that is there stays once.
    @discardableResult
    func register(_ context: Context, _ key: String, _ connection: ConnectionParams) async throws -> ConnectionParams
    /// The first connection under a key; nil when there is none.
    func resolveOne(_ context: Context, _ key: String) async throws -> ConnectionParams?
    /// All connections under a key, oldest first; none when there are none.
    func resolveAll(_ context: Context, _ key: String) async throws -> [ConnectionParams]
}
