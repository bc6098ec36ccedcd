/// Keeps connections in memory (the toolkit's `MemoryDiscovery`).
///
/// Its configuration holds a section per key: `key1.host`, `key1.port`. Several connections under one key are
/// registered by ``register(_:_:_:)``. Safe from any task.
public final class MemoryDiscovery: Discovery, Component {
    private let section = OpenSection("", reloadable: true, "Connections by key: `<key>.host`, `<key>.port`, ...")

    private struct State {
        var usesSection = true
        var items: [ScalarText: [ConnectionParams]] = [:]
    }

    private let state: Locked<State>

    /// Creates a service. `config` holds a section per key, as the component's configuration does.
    public init(_ config: ConfigParams = [:]) {
        state = Locked(State(items: config.sectionsByKey.mapValues { [ConnectionParams($0)] }))
    }

    /// Replaces all that is kept by the sections of `config`.
    public func readConnections(_ config: ConfigParams) {
        let items = config.sectionsByKey.mapValues { [ConnectionParams($0)] }
        state.withLock { $0 = State(usesSection: false, items: items) }
    }

    /// Adds a connection to those under a key. One that is there stays once.
    @discardableResult
    public func register(_ context: Context, _ key: String, _ connection: ConnectionParams) -> ConnectionParams {
        let configured = configured(key)
        state.withLock { state in
            let present = state.items[ScalarText(key), default: []] + (state.usesSection ? configured : [])
            // A service that registers itself at every start would else be called once more after each.
            if !present.contains(connection) { state.items[ScalarText(key), default: []].append(connection) }
        }
        return connection
    }

    /// The first connection under a key; nil when there is none.
    public func resolveOne(_ context: Context, _ key: String) -> ConnectionParams? {
        resolveAll(context, key).first
    }

    /// All connections under a key, oldest first; none when there are none.
    public func resolveAll(_ context: Context, _ key: String) -> [ConnectionParams] {
        let configured = configured(key)
        return state.withLock { ($0.usesSection ? configured : []) + $0.items[ScalarText(key), default: []] }
    }

    // MARK: - Internal

    private func configured(_ key: String) -> [ConnectionParams] {
        section().sectionByKey(key).map { [ConnectionParams($0)] } ?? []
    }
}
