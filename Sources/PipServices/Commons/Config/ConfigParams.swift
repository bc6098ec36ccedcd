internal import OrderedCollections

/// Configuration as strings under dotted keys, such as `connection.host` (the toolkit's `ConfigParams`).
public struct ConfigParams: Sendable, Hashable {
    private(set) var values: StringValueMap

    /// Creates parameters from strings by key.
    public init(_ values: StringValueMap = [:]) { self.values = values }

    /// Flattens a dynamic value: `{"connection": {"port": 80}}` becomes `connection.port=80`. Array elements use their
    /// index as the key.
    public init(_ value: AnyValue) {
        values = [:]
        flatten(value, path: "")
    }

    /// Creates parameters from alternating keys and values (the toolkit's `fromTuples`). A last key without a value is
    /// dropped.
    public init(tuples: [AnyValue]) { values = StringValueMap(tuples: tuples) }

    /// Parses `key1=value1;key2=value2`, by the rules of ``StringValueMap``.
    public init(parsing line: String) { values = StringValueMap(parsing: line) }

    /// Merges parameters. If a key repeats, the later argument wins.
    public static func merge(_ configs: ConfigParams...) -> ConfigParams {
        configs.reduce(into: ConfigParams()) { $0.values.append($1.values) }
    }

    /// The keys, in order.
    public var keys: [String] { values.keys }
    /// The number of keys.
    public var count: Int { values.count }
    /// True if there are no keys. Use it to test whether a section exists.
    public var isEmpty: Bool { values.isEmpty }

    /// The string under `key`, or nil.
    public subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// Returns true if the key exists, with or without a value.
    public func contains(_ key: String) -> Bool { values.contains(key) }

    /// Sets the string under `key`.
    public mutating func put(_ key: String, _ value: String?) { values[key] = value }

    /// Removes the key.
    public mutating func remove(_ key: String) { values.remove(key) }

    /// The distinct first components of the keys, in order. A key without a dot is a section too.
    public var sectionNames: [String] {
        var names = StringValueMap()
        for key in keys { names.put(Self.divided(key).map { String($0.section) } ?? key, nil) }
        return names.keys
    }

    /// Returns the parameters under `name.`, without that prefix. Empty if there are none.
    public func section(_ name: String) -> ConfigParams {
        let prefix = name + "."
        var section = ConfigParams()
        for (key, value) in values {
            if let rest = key.dropping(prefix: prefix) { section.put(String(rest), value) }
        }
        return section
    }

    /// Adds parameters as a section, under `name.key`. An empty key stands for `name` itself.
    public mutating func addSection(_ name: String, _ section: ConfigParams) {
        for (key, value) in section.values {
            values[key.isEmpty ? name : name.isEmpty ? key : "\(name).\(key)"] = value
        }
    }

    /// Returns these parameters, overridden by those of `other`.
    public func override(_ other: ConfigParams) -> ConfigParams { .merge(self, other) }

    /// Returns these parameters, with `defaults` for missing keys.
    public func setDefaults(_ defaults: ConfigParams) -> ConfigParams { .merge(defaults, self) }

    // MARK: - Internal

    /// All sections, as ``sectionNames`` and ``section(_:)`` return them, but in linear time.
    var sections: OrderedDictionary<ScalarText, ConfigParams> {
        var sections: OrderedDictionary<ScalarText, ConfigParams> = [:]
        for (key, value) in values {
            if let (name, rest) = Self.divided(key) {
                sections[ScalarText(name), default: [:]].put(String(rest), value)
            } else if sections[ScalarText(key)] == nil {
                sections[ScalarText(key)] = [:]
            }
        }
        // A key that starts with a dot belongs to every section whose name is a prefix of it.
        for (key, value) in values where key.begins(with: ".") {
            let scalars = key.unicodeScalars
            for dot in scalars.indices where scalars[dot] == "." {
                sections[ScalarText(key[..<dot])]?.put(String(scalars[scalars.index(after: dot)...]), value)
            }
        }
        return sections
    }

    /// Splits a key into its first section and the rest. Nil for a key without sections; a key that starts with a dot
    /// has one.
    private static func divided(_ key: String) -> (section: Substring, rest: Substring)? {
        key.divided(atFirst: ".").flatMap { $0.before.isEmpty ? nil : ($0.before, $0.after) }
    }

    private mutating func flatten(_ value: AnyValue, path: String) {
        switch value {
        case .map(let map) where !map.isEmpty:
            for (key, value) in map { flatten(value, path: path.isEmpty ? key : "\(path).\(key)") }
        case .array(let elements) where !elements.isEmpty:
            for (index, value) in elements.enumerated() {
                flatten(value, path: path.isEmpty ? String(index) : "\(path).\(index)")
            }
        default:
            if !path.isEmpty { values.put(path, StringConverter.toNullableString(value)) }
        }
    }
}

extension ConfigParams: TypedValues, Sequence, CustomStringConvertible, ExpressibleByDictionaryLiteral {
    /// Returns the string under `key` as a dynamic value, or nil.
    public func value(for key: String) -> AnyValue? { values.value(for: key) }
    /// Iterates over keys and strings in order.
    public func makeIterator() -> AnyIterator<(key: String, value: String?)> { values.makeIterator() }
    /// The string form that ``init(parsing:)`` reads. It includes secrets: do not log it.
    public var description: String { values.description }
    /// Creates parameters from a literal. If a key repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, String?)...) { values = StringValueMap(elements) }
}
