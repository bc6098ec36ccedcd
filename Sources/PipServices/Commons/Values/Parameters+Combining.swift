/// Parameters out of parameters.
extension Parameters {
    /// The value at a path as parameters: nil when there is none, empty when it can't be converted to a map.
    public func getAsNullableParameters(_ path: String) -> Parameters? {
        let value = getAsObject(path)
        return value.isNull ? nil : Parameters(value)
    }

    /// The value at a path as parameters; `default` when there is none, empty when it can't be converted to a map.
    public func getAsParameters(_ path: String, default: Parameters = [:]) -> Parameters {
        getAsNullableParameters(path) ?? `default`
    }

    /// These parameters with those of `other` on top. Names keep the case they have here.
    ///
    /// - Parameter recursive: true to go into maps and lists, and to replace only what `other` has in them.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`, as ``RecursiveObjectWriter``.
    public func override(_ other: Parameters, recursive: Bool = false) throws(ApplicationError) -> Parameters {
        let tree = PropertyTree(.map(values))
        if recursive {
            try tree.copy(.map(other.values))
        } else {
            for (name, value) in other.values { _ = try tree.set([name], value) }
        }
        return Parameters(tree.value)
    }

    /// These parameters on top of `defaults`. Names keep the case they have here.
    ///
    /// - Parameter recursive: true to go into maps and lists, and to take from `defaults` what is missing in them.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`, as ``RecursiveObjectWriter``.
    public func setDefaults(_ defaults: Parameters, recursive: Bool = false) throws(ApplicationError) -> Parameters {
        let own = AnyValue.map(values)
        let spelled = Parameters(AnyValue.map(defaults.values).spelled(like: own, depth: recursive ? 100 : 1))
        return try spelled.override(self, recursive: recursive)
    }

    /// Sets these values, at all levels, in a dynamic value: ``RecursiveObjectWriter/copyProperties(_:_:)``.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`.
    public func assignTo(_ object: inout AnyValue) throws(ApplicationError) {
        try RecursiveObjectWriter.copyProperties(&object, .map(values))
    }

    /// Sets these values, at all levels, in a Swift value, by way of its coding keys. What its type does not know is
    /// dropped.
    /// - Throws: BadRequest `TOO_DEEP`, `INDEX_TOO_LARGE` or `CANNOT_ENCODE`; `INVALID_DATA` when a value does not fit
    ///   the type. Then nothing is changed.
    public func assignTo(_ object: inout some Codable) throws(ApplicationError) {
        try RecursiveObjectWriter.copyProperties(&object, .map(values))
    }

    /// Only what stands at these paths, at the same paths. In a list, what comes before an element is `.null`.
    public func pick(_ paths: String...) -> Parameters { pick(paths) }

    /// Only what stands at these paths, at the same paths. In a list, what comes before an element is `.null`.
    public func pick(_ paths: [String]) -> Parameters {
        let tree = PropertyTree([:])
        for path in paths {
            guard let value = self[path] else { continue }
            let isName = values[path] != .none
            // A path that leads somewhere here is no deeper, and its indices no larger, than what is here.
            _ = try? tree.set((isName ? [path] : PropertyPath.split(path))[...], value, maxGap: .max)
        }
        return Parameters(tree.value)
    }

    /// All but the arguments of these names. They are names, no paths, as in all editions.
    public func omit(_ names: String...) -> Parameters { omit(names) }

    /// All but the arguments of these names. They are names, no paths, as in all editions.
    public func omit(_ names: [String]) -> Parameters {
        let names = Set(names.map { ScalarText($0) })
        return Parameters(
            AnyValueMap(values.lazy.filter { !names.contains(ScalarText($0.key)) }.map { ($0.key, $0.value) }))
    }
}

extension AnyValue {
    // MARK: - Internal

    /// The same value, with names in the case that they have in another one.
    fileprivate func spelled(like other: AnyValue, depth: Int) -> AnyValue {
        guard depth > 0 else { return self }
        switch (self, other) {
        case (.array(let values), .array(let others)):
            return .array(
                values.enumerated().map { index, value in
                    index < others.count ? value.spelled(like: others[index], depth: depth - 1) : value
                })
        case (.map(let map), .map(let others)):
            var names: [ScalarText: String] = [:]
            for name in others.keys.reversed() { names[ScalarText(folding: name)] = name }
            return .map(
                AnyValueMap(
                    map.map { name, value in
                        let found = others[name] == .none ? names[ScalarText(folding: name)] ?? name : name
                        return (found, value.spelled(like: others[found] ?? .null, depth: depth - 1))
                    }))
        default: return self
        }
    }
}
