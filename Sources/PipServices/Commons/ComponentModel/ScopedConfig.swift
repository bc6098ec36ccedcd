/// A component's section of the configuration as its slots see it: with the scope of a child, and noting what is read.
struct ScopedConfig: Sendable {
    let config: ConfigParams
    /// The section that a child's keys stand in; empty for the component itself.
    let scope: String
    /// The component's locator, for messages.
    let component: String

    func key(_ key: String) -> String { scope.isEmpty ? key : "\(scope).\(key)" }

    /// The first of the keys that has a value, and the value. Empty and null values count as unset.
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

    /// The first of the keys that is present, if what was found under them is empty: nothing, white space, or a list
    /// without elements.
    func emptyKey(_ keys: [String], isList: Bool, _ found: String?) -> String? {
        let isEmpty = found?.unicodeScalars.allSatisfy { $0.properties.isWhitespace || isList && $0 == "," } ?? true
        guard isEmpty else { return nil }
        return keys.map(key).first { config.contains($0) || isList && !config.section($0).isEmpty }
    }

    /// A section; under an empty name all of the component's own.
    func section(_ name: String) -> ConfigParams {
        guard name.isEmpty else { return config.section(key(name)) }
        var own = scope.isEmpty ? config : config.section(scope)
        if scope.isEmpty { own.remove("descriptor") }
        return own
    }
}

/// What a configuration has for a setting.
struct FoundSetting {
    /// The full key.
    let key: String
    /// The value as one text.
    let text: String
    /// The elements of a list that stands under keys of its own.
    let elements: [String]?
    /// What tells whether the value has changed.
    let source: String

    init(key: String, text: String, elements: [String]? = nil, source: String? = nil) {
        self.key = key
        self.text = text
        self.elements = elements
        self.source = source ?? text
    }
}

extension ConfigParams {
    /// A text that two sections share exactly when they say the same; nil for an empty section.
    var comparable: String? {
        // Lengths keep names and values apart, whatever is in them.
        let parts = map { "\($0.key.utf8.count):\($0.key)=\($0.value.map { "\($0.utf8.count):\($0)" } ?? "")" }
        return parts.isEmpty ? nil : parts.sorted().joined(separator: ";")
    }
}
