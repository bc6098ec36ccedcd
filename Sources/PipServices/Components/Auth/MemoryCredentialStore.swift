/// Keeps credentials in memory (the toolkit's `MemoryCredentialStore`).
///
/// Its configuration holds a section per key: `key1.username`, `key1.password`. Safe from any task.
public final class MemoryCredentialStore: CredentialStore, Component {
    private let section = OpenSection(
        "", secret: true, reloadable: true, "Credentials by key: `<key>.username`, `<key>.password`, ...")

    private struct State {
        var usesSection = true
        /// What was given or stored in code. It stands before the section; nil hides what is there.
        var items: [ScalarText: CredentialParams?] = [:]
    }

    private let state: Locked<State>

    /// Creates a store. `config` holds a section per key, as the component's configuration does.
    public init(_ config: ConfigParams = [:]) {
        state = Locked(State(items: config.sectionsByKey.mapValues { CredentialParams($0) }))
    }

    /// Replaces all that is kept by the sections of `config`.
    public func readCredentials(_ config: ConfigParams) {
        let items = config.sectionsByKey.mapValues { CredentialParams($0) }
        state.withLock { $0 = State(usesSection: false, items: items) }
    }

    /// Keeps credentials under a key, in the place of those that are there. Nil removes what is there.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) {
        state.withLock { _ = $0.items.updateValue(credential, forKey: ScalarText(key)) }
    }

    /// The credentials under a key; nil when there are none.
    public func lookup(_ context: Context, _ key: String) -> CredentialParams? {
        let configured = section().sectionByKey(key).map { CredentialParams($0) }
        return state.withLock { $0.items[ScalarText(key)] ?? ($0.usesSection ? configured : nil) }
    }
}

// MARK: - Internal

extension ConfigParams {
    /// The parameters that a store or a discovery keeps under a key: a section, or one text `key1=value1;key2=value2`.
    func sectionByKey(_ key: String) -> ConfigParams? {
        guard !key.isEmpty else { return nil }
        let section = section(key)
        if !section.isEmpty { return section }
        return text(key).map { ConfigParams(parsing: $0) }
    }

    /// All of these by key.
    var sectionsByKey: [ScalarText: ConfigParams] {
        var sections: [ScalarText: ConfigParams] = [:]
        for name in sectionNames { sections[ScalarText(name)] = sectionByKey(name) }
        return sections
    }
}
