/// Stores connections in memory (the toolkit's `MemoryDiscovery`).
///
/// Its configuration has a section per key: `key1.host`, `key1.port`. Use ``register(_:_:_:)`` for several connections
/// under one key. Safe from any task.
public final class MemoryDiscovery: Discovery, Component {
    private let section = OpenSection("", reloadable: true, "Connections by key: `<key>.host`, `<key>.port`, ...")

    private struct State {
        var usesSection = true
        var items: [ScalarText: [ConnectionParams]] = [:]
    }

    private let state: Locked<State>

    /// Creates a service. `config` has a section per key, like the component's configuration.
    public init(_ config: ConfigParams = [:]) {
        state = Locked(State(items: config.sectionsByKey.mapValues { [ConnectionParams($0)] }))
    }

    /// Replaces all connections with the sections of `config`.
    public func readConnections(_ config: ConfigParams) {
        let items = config.sectionsByKey.mapValues { [ConnectionParams($0)] }
        state.withLock { $0 = State(usesSection: false, items: items) }
    }

    /// Adds a connection under a key, unless it is already registered.
    @discardableResult
    public func register(_ context: Context, _ key: String, _ connection: ConnectionParams) -> ConnectionParams {
        let configured = configured(key)
        state.withLock { state in
            let present = state.items[ScalarText(key), default: []] + (state.usesSection ? configured : [])
            // Otherwise a service that registers itself at every start would be listed once per start.
            if !present.contains(connection) { state.items[ScalarText(key), default: []].append(connection) }
        }
        return connection
    }

    /// Returns the first connection under a key, or nil.
    public func resolveOne(_ context: Context, _ key: String) -> ConnectionParams? {
        resolveAll(context, key).first
    }

    /// Returns all connections under a key, oldest first. Empty if there are none.
    public func resolveAll(_ context: Context, _ key: String) -> [ConnectionParams] {
        let configured = configured(key)
        return state.withLock { ($0.usesSection ? configured : []) + $0.items[ScalarText(key), default: []] }
    }

    // MARK: - Internal

    private func configured(_ key: String) -> [ConnectionParams] {
        section().sectionByKey(key).map { [ConnectionParams($0)] } ?? []
    }
}
