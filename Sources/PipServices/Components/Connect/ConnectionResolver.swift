/// Resolves a component's connections (the toolkit's `ConnectionResolver`): from its configuration, and from
/// ``Discovery`` services by `discovery_key`.
///
/// Use it as a child component: `let connections = ConnectionResolver()`. It reads the sections `connections.<n>` of
/// its owner, or `connection` if there are none. Discovered values override configured ones.
public final class ConnectionResolver: Component {
    private let section = OpenSection(
        "connection", "The address: `protocol`, `host`, `port`, or `uri`; `discovery_key`")
    private let sections: PluralSection
    private let discoveries = Dependencies<any Discovery>("discovery", "*:discovery:*:*:*")
    private let added: Locked<[ConnectionParams]>

    /// Creates a resolver. `connections` are used after those of the configuration.
    public init(_ connections: [ConnectionParams] = []) {
        added = Locked(connections)
        sections = PluralSection(
            "connections", singular: "connection", "Several sections instead of `connection`")
    }

    /// The configured and added connections, before any look-up.
    public var all: [ConnectionParams] { sections().map { ConnectionParams($0) } + added.current }

    /// Adds a connection to those of the configuration.
    public func add(_ connection: ConnectionParams) { added.withLock { $0.append(connection) } }

    /// Returns the first connection without a `discovery_key`. If all have one, returns the last one discovered, as in
    /// the other editions, or nil.
    /// - Throws: Internal `REF_ERROR` if discovery is needed and the service has none; the error of the discovery
    ///   service.
    public func resolve(_ context: Context) async throws -> ConnectionParams? {
        try await ConnectionLookup(connections: all, discoveries: discoveries()).resolve(context)
    }

    /// Returns all connections: those without a `discovery_key`, then the discovered ones.
    /// - Throws: as ``resolve(_:)``.
    public func resolveAll(_ context: Context) async throws -> [ConnectionParams] {
        try await ConnectionLookup(connections: all, discoveries: discoveries()).resolveAll(context)
    }

    /// Registers a connection with all discovery services under its `discovery_key`, and adds it. Does nothing for a
    /// connection without a key, or without discovery services.
    /// - Throws: the error of a discovery service.
    public func register(_ context: Context, _ connection: ConnectionParams) async throws {
        let lookup = ConnectionLookup(connections: [], discoveries: discoveries())
        if try await lookup.register(context, connection) { add(connection) }
    }
}

// MARK: - Internal

/// Looks up connections.
struct ConnectionLookup: Sendable {
    let connections: [ConnectionParams]
    /// In the order of their creation.
    let discoveries: [any Discovery]

    func resolve(_ context: Context) async throws -> ConnectionParams? {
        if let direct = connections.first(where: { !$0.usesDiscovery }) { return direct }
        var resolved: ConnectionParams?
        for connection in connections {
            guard let key = try key(of: connection, context) else { continue }
            for discovery in discoveries.reversed() {
                guard let found = try await discovery.resolveOne(context, key) else { continue }
                resolved = connection.merged(found)
                break
            }
        }
        return resolved
    }

    func resolveAll(_ context: Context) async throws -> [ConnectionParams] {
        var resolved = connections.filter { !$0.usesDiscovery }
        for connection in connections {
            guard let key = try key(of: connection, context) else { continue }
            for discovery in discoveries.reversed() {
                resolved += try await discovery.resolveAll(context, key).map(connection.merged)
            }
        }
        return resolved
    }

    /// Returns true if there is a discovery service.
    func register(_ context: Context, _ connection: ConnectionParams) async throws -> Bool {
        guard let key = connection.discoveryKey, !discoveries.isEmpty else { return false }
        for discovery in discoveries.reversed() { try await discovery.register(context, key, connection) }
        return true
    }

    /// Returns the key for looking up a connection; nil if no look-up is needed.
    private func key(of connection: ConnectionParams, _ context: Context) throws -> String? {
        guard let key = connection.discoveryKey else { return nil }
        guard !discoveries.isEmpty else {
            throw ApplicationError.missingReference("*:discovery:*:*:*", for: "'discovery_key' is '\(key)'", context)
        }
        return key
    }
}

extension ConnectionParams {
    /// Returns this connection, overridden by a discovered one.
    func merged(_ found: ConnectionParams) -> ConnectionParams {
        var own = config
        // Otherwise the host under its other name would override the discovered one.
        if found.host != nil { for name in ["host", "ip"] { own.remove(name) } }
        return ConnectionParams(own.override(found.config))
    }
}
