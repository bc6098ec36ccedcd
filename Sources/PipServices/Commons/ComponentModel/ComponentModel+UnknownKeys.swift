extension ComponentModel {
    /// Returns a warning for each key that nothing reads, with the nearest known key. A list or map instead of a single
    /// value is an error, because otherwise the setting would keep its default.
    func unknownKeys(in config: ConfigParams) -> [ConfigProblem] {
        let present = config.keys.filter { $0 != "descriptor" }
        guard !present.isEmpty, !readsByHand else { return [] }
        let settings = settings
        let sections = settings.filter { $0.isSection || $0.isList }.map { $0.key.isEmpty ? "" : $0.key + "." }
        let known = Set((settings.flatMap { [$0.key] + $0.aliases } + dependencyKeys).map { ScalarText($0) })
        // Each element of a list has its own key, but is reported once.
        var told: Set<ConfigProblem> = []
        return present.filter { key in
            !known.contains(ScalarText(key)) && !sections.contains { key.begins(with: $0) }
                && !isEmptySection(key, config[key], known)
        }.map { key in
            if let setting = enclosing(key, known) {
                return ConfigProblem(
                    .error, code: "BAD_VALUE",
                    "\(name): '\(setting)' is a list or has keys of its own; expected one value "
                        + "(in quotes if it begins with '[' or '{')", component: name, key: setting)
            }
            return ConfigProblem(
                .warning, code: "UNKNOWN_KEY",
                "\(name): unknown key '\(key)'" + hint(for: key, known.sorted().map(\.text)), component: name, key: key)
        }.filter { told.insert($0).inserted }
    }

    /// Returns true if all keys of a section are removed, so that it counts as unset.
    private func isEmptySection(_ key: String, _ value: String?, _ known: Set<ScalarText>) -> Bool {
        let value = value ?? ""
        return (value.isEmpty || value.isSame(as: Self.emptyMap)) && known.contains { $0.text.begins(with: key + ".") }
    }

    /// The value of a key that is set to an empty map.
    private static let emptyMap = StringConverter.toString(.map([:]))

    /// Returns the nearest known key. For a section with a single value, this is its switch: `swagger.enable` for
    /// `swagger`.
    private func hint(for key: String, _ known: [String]) -> String {
        let section = key + "."
        for name in ["enable", "enabled"] where known.contains(sameAs: section + name) {
            return "; did you mean '\(section)\(name)'?"
        }
        guard let inner = known.first(where: { $0.begins(with: section) }) else {
            return NearestName.hint(for: key, among: known)
        }
        return "; it has keys of its own, such as '\(inner)'"
    }

    /// Returns the known key that an unknown key treats as a list or a map.
    private func enclosing(_ key: String, _ known: Set<ScalarText>) -> String? {
        var rest = key[...]
        while let (before, _) = rest.divided(atLast: ".") {
            if known.contains(ScalarText(String(before))) { return String(before) }
            rest = before
        }
        return nil
    }
}
