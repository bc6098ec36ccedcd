internal import OrderedCollections

/// Configuration as text under dotted names, such as `connection.host` (the toolkit's `ConfigParams`).
public struct ConfigParams: Sendable, Hashable {
    private(set) var values: StringValueMap

    /// Creates parameters from texts by name; of equal names the last one wins.
    public init(_ values: StringValueMap = [:]) { self.values = values }

    /// Flattens a dynamic value: `{"connection": {"port": 80}}` gives `connection.port=80`, elements of arrays are
    /// named by index.
    public init(_ value: AnyValue) {
        values = [:]
        flatten(value, path: "")
    }

    /// Takes alternating names and values (the toolkit's `fromTuples`); a name without a value at the end is left out.
    public init(tuples: [AnyValue]) { values = StringValueMap(tuples: tuples) }

    /// Parses `key1=value1;key2=value2`, by the rules of ``StringValueMap``.
    public init(parsing line: String) { values = StringValueMap(parsing: line) }

    /// The parameters of all arguments; of equal names the later argument's win.
    public static func merge(_ configs: ConfigParams...) -> ConfigParams {
        configs.reduce(into: ConfigParams()) { $0.values.append($1.values) }
    }

    /// The names, in order.
    public var keys: [String] { values.keys }
    /// How many names there are.
    public var count: Int { values.count }
    /// True when there is no name: the way to test whether a section is there.
    public var isEmpty: Bool { values.isEmpty }

    /// The text under `key`, nil when there is none.
    public subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// True when the name is there, with or without a value.
    public func contains(_ key: String) -> Bool { values.contains(key) }

    /// Puts text under `key`, replacing what is there.
    public mutating func put(_ key: String, _ value: String?) { values[key] = value }

    /// Removes the name.
    public mutating func remove(_ key: String) { values.remove(key) }

    /// The distinct texts before the first dot, in order. A name without a dot is a section too.
    public var sectionNames: [String] {
        var names = StringValueMap()
        for key in keys { names.put(Self.divided(key).map { String($0.section) } ?? key, nil) }
        return names.keys
    }

    /// The parameters under `name.`, without that prefix. Empty when there are none.
    public func section(_ name: String) -> ConfigParams {
        let prefix = name + "."
        var section = ConfigParams()
        for (key, value) in values {
            if let rest = key.dropping(prefix: prefix) { section.put(String(rest), value) }
        }
        return section
    }

    /// Adds parameters as a section: under `name.key`. An empty key stands for the section's name itself.
    public mutating func addSection(_ name: String, _ section: ConfigParams) {
        for (key, value) in section.values {
            values[key.isEmpty ? name : name.isEmpty ? key : "\(name).\(key)"] = value
        }
    }

    /// These parameters with those of `other` on top.
    public func override(_ other: ConfigParams) -> ConfigParams { .merge(self, other) }

    /// These parameters on top of `defaults`.
    public func setDefaults(_ defaults: ConfigParams) -> ConfigParams { .merge(defaults, self) }

    // MARK: - Internal

    /// All sections, as ``sectionNames`` and ``section(_:)`` give them, but in time that is linear in their number.
    var sections: OrderedDictionary<ScalarText, ConfigParams> {
        var sections: OrderedDictionary<ScalarText, ConfigParams> = [:]
        for (key, value) in values {
            if let (name, rest) = Self.divided(key) {
                sections[ScalarText(name), default: [:]].put(String(rest), value)
            } else if sections[ScalarText(key)] == nil {
                sections[ScalarText(key)] = [:]
            }
        }
        // Names that start with a dot are in all sections that are called as they start.
        for (key, value) in values where key.begins(with: ".") {
            let scalars = key.unicodeScalars
            for dot in scalars.indices where scalars[dot] == "." {
                sections[ScalarText(key[..<dot])]?.put(String(scalars[scalars.index(after: dot)...]), value)
            }
        }
        return sections
    }

    /// The first section of a key and the rest. Nil for a key without sections; a name that starts with a dot is one.
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
    /// The text under `key` as a dynamic value, or nil.
    public func value(for key: String) -> AnyValue? { values.value(for: key) }
    /// Iterates over names and texts in order.
    public func makeIterator() -> AnyIterator<(key: String, value: String?)> { values.makeIterator() }
    /// The text form that ``init(parsing:)`` reads. It holds everything, secrets too: not for logs.
    public var description: String { values.description }
    /// Writes parameters as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, String?)...) { values = StringValueMap(elements) }
}
