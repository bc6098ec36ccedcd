/// Stores credentials in memory (the toolkit's `MemoryCredentialStore`).
///
/// Its configuration has a section per key: `key1.username`, `key1.password`. Safe from any task.
public final class MemoryCredentialStore: CredentialStore, Component {
    private let section = OpenSection(
        "", secret: true, reloadable: true, "Credentials by key: `<key>.username`, `<key>.password`, ...")

    private struct State {
        var usesSection = true
        /// Credentials stored in code. They override the configuration; nil hides its credentials.
        var items: [ScalarText: CredentialParams?] = [:]
    }

    private let state: Locked<State>

    /// Creates a store. `config` has a section per key, like the component's configuration.
    public init(_ config: ConfigParams = [:]) {
        state = Locked(State(items: config.sectionsByKey.mapValues { CredentialParams($0) }))
    }

    /// Replaces all credentials with the sections of `config`.
    public func readCredentials(_ config: ConfigParams) {
        let items = config.sectionsByKey.mapValues { CredentialParams($0) }
        state.withLock { $0 = State(usesSection: false, items: items) }
    }

    /// Stores credentials under a key, replacing existing ones. Nil removes them.
    public func store(_ context: Context, _ key: String, _ credential: CredentialParams?) {
        state.withLock { _ = $0.items.updateValue(credential, forKey: ScalarText(key)) }
    }

    /// Returns the credentials under a key, or nil.
    public func lookup(_ context: Context, _ key: String) -> CredentialParams? {
        let configured = section().sectionByKey(key).map { CredentialParams($0) }
        return state.withLock { $0.items[ScalarText(key)] ?? ($0.usesSection ? configured : nil) }
    }
}

// MARK: - Internal

extension ConfigParams {
    /// Returns the parameters that a store or a discovery service has under a key: a section, or one string
    /// `key1=value1;key2=value2`.
    func sectionByKey(_ key: String) -> ConfigParams? {
        guard !key.isEmpty else { return nil }
        let section = section(key)
        if !section.isEmpty { return section }
        return text(key).map { ConfigParams(parsing: $0) }
    }

    /// All parameters by key.
    var sectionsByKey: [ScalarText: ConfigParams] {
        var sections: [ScalarText: ConfigParams] = [:]
        for name in sectionNames { sections[ScalarText(name)] = sectionByKey(name) }
        return sections
    }
}
