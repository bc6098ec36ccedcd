/// A component's section of the configuration as its slots see it. It applies the scope of a child and records the keys
/// that are read.
struct ScopedConfig: Sendable {
    let config: ConfigParams
    /// The configuration section of a child component; empty for other components.
    let scope: String
    /// The component's locator, for messages.
    let component: String

    func key(_ key: String) -> String { scope.isEmpty ? key : "\(scope).\(key)" }

    /// Returns the first key that has a value, with the value. Empty and null values count as unset.
    func value(_ keys: [String], isList: Bool = false) -> FoundSetting? {
        for key in keys {
            let key = self.key(key)
            if let text = config[key], !text.isEmpty { return FoundSetting(key: key, text: text) }
            guard isList else { continue }
            let elements = config.section(key)
            guard !elements.isEmpty else { continue }
            let values = elements.compactMap(\.value)
            return FoundSetting(
                key: key, text: values.joined(separator: ","), elements: values, source: elements.comparable ?? "")
        }
        return nil
    }

    /// Returns the first of the keys that is present but empty: an empty string, whitespace, or a list without
    /// elements.
    func emptyKey(_ keys: [String], isList: Bool, _ found: String?) -> String? {
        let isEmpty = found?.unicodeScalars.allSatisfy { $0.properties.isWhitespace || isList && $0 == "," } ?? true
        guard isEmpty else { return nil }
        return keys.map(key).first { config.contains($0) || isList && !config.section($0).isEmpty }
    }

    /// Returns a section; for an empty name, the component's whole section.
    func section(_ name: String) -> ConfigParams {
        guard name.isEmpty else { return config.section(key(name)) }
        var own = scope.isEmpty ? config : config.section(scope)
        if scope.isEmpty { own.remove("descriptor") }
        return own
    }
}

/// The value that a configuration has for a setting.
struct FoundSetting {
    /// The full key.
    let key: String
    /// The value as one string.
    let text: String
    /// The elements of a list whose elements have their own keys.
    let elements: [String]?
    /// A string for detecting changes of the value.
    let source: String

    init(key: String, text: String, elements: [String]? = nil, source: String? = nil) {
        self.key = key
        self.text = text
        self.elements = elements
        self.source = source ?? text
    }
}

extension ConfigParams {
    /// A string that is equal for two sections if and only if their contents are equal; nil for an empty section.
    var comparable: String? {
        // Length prefixes separate names and values unambiguously.
        let parts = map { "\($0.key.utf8.count):\($0.key)=\($0.value.map { "\($0.utf8.count):\($0)" } ?? "")" }
        return parts.isEmpty ? nil : parts.sorted().joined(separator: ";")
    }
}
