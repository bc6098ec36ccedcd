/// Operations that combine parameters.
extension Parameters {
    /// Returns the value at a path as parameters; nil if it is missing, empty if it can't be converted to a map.
    public func getAsNullableParameters(_ path: String) -> Parameters? {
        let value = getAsObject(path)
        return value.isNull ? nil : Parameters(value)
    }

    /// Returns the value at a path as parameters; `default` if it is missing, empty if it can't be converted to a map.
    public func getAsParameters(_ path: String, default: Parameters = [:]) -> Parameters {
        getAsNullableParameters(path) ?? `default`
    }

    /// Returns these parameters, overridden by those of `other`. Existing names keep their case.
    ///
    /// - Parameter recursive: true to merge nested maps and lists instead of replacing them.
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

    /// Returns these parameters, with `defaults` for missing names. Existing names keep their case.
    ///
    /// - Parameter recursive: true to fill in missing values of nested maps and lists too.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`, as ``RecursiveObjectWriter``.
    public func setDefaults(_ defaults: Parameters, recursive: Bool = false) throws(ApplicationError) -> Parameters {
        let own = AnyValue.map(values)
        let spelled = Parameters(AnyValue.map(defaults.values).spelled(like: own, depth: recursive ? 100 : 1))
        return try spelled.override(self, recursive: recursive)
    }

    /// Sets these values at all levels of a dynamic value, as ``RecursiveObjectWriter/copyProperties(_:_:)`` does.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`.
    public func assignTo(_ object: inout AnyValue) throws(ApplicationError) {
        try RecursiveObjectWriter.copyProperties(&object, .map(values))
    }

    /// Sets these values at all levels of a Swift value, by its coding keys. Properties that its type does not have are
    /// dropped.
    /// - Throws: BadRequest `TOO_DEEP`, `INDEX_TOO_LARGE` or `CANNOT_ENCODE`; `INVALID_DATA` if a value has the wrong
    ///   type. Nothing is changed then.
    public func assignTo(_ object: inout some Codable) throws(ApplicationError) {
        try RecursiveObjectWriter.copyProperties(&object, .map(values))
    }

    /// Returns only the values at these paths, at the same paths. Elements before a picked list element become `.null`.
    public func pick(_ paths: String...) -> Parameters { pick(paths) }

    /// Returns only the values at these paths, at the same paths. Elements before a picked list element become `.null`.
    public func pick(_ paths: [String]) -> Parameters {
        let tree = PropertyTree([:])
        for path in paths {
            guard let value = self[path] else { continue }
            let isName = values[path] != .none
            // Can't fail: the path exists in this value, so its depth and indices are within the limits.
            _ = try? tree.set((isName ? [path] : PropertyPath.split(path))[...], value, maxGap: .max)
        }
        return Parameters(tree.value)
    }

    /// Returns all arguments except these. Paths are not supported, as in all editions.
    public func omit(_ names: String...) -> Parameters { omit(names) }

    /// Returns all arguments except these. Paths are not supported, as in all editions.
    public func omit(_ names: [String]) -> Parameters {
        let names = Set(names.map { ScalarText($0) })
        return Parameters(
            AnyValueMap(values.lazy.filter { !names.contains(ScalarText($0.key)) }.map { ($0.key, $0.value) }))
    }
}

extension AnyValue {
    // MARK: - Internal

    /// Returns the same value, with names in the case that they have in another value.
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
