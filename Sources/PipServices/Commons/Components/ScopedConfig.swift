/// A component's section of the configuration as its slots see it: with the scope of a child, and noting what is read.
struct ScopedConfig: Sendable {
    let config: ConfigParams
    /// The section that a child's keys stand in; empty for the component itself.
    let scope: String
    /// The component's locator, for messages.
    let component: String

    func key(_ key: String) -> String { scope.isEmpty ? key : "\(scope).\(key)" }

    /// The first of the keys that has a value, and the value. Empty and null values count as unset.
    func value(_ keys: [String], isList: Bool = false) -> (key: String, text: String)? {
        for key in keys {
            let key = self.key(key)
            if let text = config[key], !text.isEmpty { return (key, text) }
            guard isList else { continue }
            let elements = config.section(key)
            if !elements.isEmpty { return (key, elements.compactMap(\.value).joined(separator: ",")) }
        }
        return nil
    }

    func section(_ name: String) -> ConfigParams { config.section(key(name)) }
}
