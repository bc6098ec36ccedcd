/// Finds a component's connections (the toolkit's `ConnectionResolver`): those of its configuration, and those that the
/// ``Discovery`` services keep under `discovery_key`.
///
/// A component that a component holds: `let connections = ConnectionResolver()`. It reads the sections
/// `connections.<n>` of its owner, and where there are none of these `connection`. What discovery knows stands before
/// what the configuration says, which fills in the rest.
public final class ConnectionResolver: Component {
    private let section = OpenSection(
        "connection", "Where it is: `protocol`, `host`, `port`, or `uri`; `discovery_key`")
    private let sections: PluralSection
    private let discoveries = Dependencies<any Discovery>("discovery", "*:discovery:*:*:*")
    private let added: Locked<[ConnectionParams]>

    /// Creates a resolver; `connections` come after those of the configuration.
    public init(_ connections: [ConnectionParams] = []) {
        added = Locked(connections)
        sections = PluralSection(
            "connections", singular: "connection", "Several sections in the place of `connection`")
    }

    /// The connections as they are configured and added, not looked up.
    public var all: [ConnectionParams] { sections().map { ConnectionParams($0) } + added.current }

    /// Adds a connection to those of the configuration.
    public func add(_ connection: ConnectionParams) { added.withLock { $0.append(connection) } }

    /// The first connection without a `discovery_key`; where all have one, the last that discovery knows, as in the
    /// other editions. Nil when there is none.
    /// - Throws: Internal `REF_ERROR` when discovery is needed and the service has none; what the discovery throws.
    public func resolve(_ context: Context) async throws -> ConnectionParams? {
        try await ConnectionLookup(connections: all, discoveries: discoveries()).resolve(context)
    }

    /// All connections: those without a `discovery_key`, then those that discovery knows.
    /// - Throws: as ``resolve(_:)``.
    public func resolveAll(_ context: Context) async throws -> [ConnectionParams] {
        try await ConnectionLookup(connections: all, discoveries: discoveries()).resolveAll(context)
    }

    /// Tells all discovery services of a connection, under its `discovery_key`, and keeps it. One without a key is
    /// left alone, and so is any where there is no discovery.
    /// - Throws: what a discovery service throws.
    public func register(_ context: Context, _ connection: ConnectionParams) async throws {
        let lookup = ConnectionLookup(connections: [], discoveries: discoveries())
        if try await lookup.register(context, connection) { add(connection) }
    }
}

// MARK: - Internal

/// Looks connections up.
struct ConnectionLookup: Sendable {
    let connections: [ConnectionParams]
    /// As they were created.
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

    /// True when there was somebody to tell.
    func register(_ context: Context, _ connection: ConnectionParams) async throws -> Bool {
        guard let key = connection.discoveryKey, !discoveries.isEmpty else { return false }
        for discovery in discoveries.reversed() { try await discovery.register(context, key, connection) }
        return true
    }

    /// The key to look a connection up by; nil when it needs no looking up.
    private func key(of connection: ConnectionParams, _ context: Context) throws -> String? {
        guard let key = connection.discoveryKey else { return nil }
        guard !discoveries.isEmpty else {
            throw ApplicationError.missingReference("*:discovery:*:*:*", for: "'discovery_key' is '\(key)'", context)
        }
        return key
    }
}

extension ConnectionParams {
    /// This connection with what discovery knows on top.
    func merged(_ found: ConnectionParams) -> ConnectionParams {
        var own = config
        // A host under its other name would else stand before the one that was found.
        if found.host != nil { for name in ["host", "ip"] { own.remove(name) } }
        return ConnectionParams(own.override(found.config))
    }
}
