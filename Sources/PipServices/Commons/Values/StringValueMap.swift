internal import OrderedCollections

/// A map from names to strings, in insertion order (the toolkit's `StringValueMap`). A name may have no value. Names
/// are compared by their code points.
public struct StringValueMap: Sendable, Hashable {
    private(set) var storage: OrderedDictionary<ScalarText, String?> = [:]

    /// Creates an empty map.
    public init() {}

    /// Creates a map from pairs. If a name repeats, the last value wins.
    public init(_ pairs: some Sequence<(String, String?)>) {
        storage = OrderedDictionary(pairs.lazy.map { (ScalarText($0), $1) }, uniquingKeysWith: { $1 })
    }

    /// Creates a map from dynamic values, converted to strings.
    public init(_ values: AnyValueMap) {
        self.init(values.map { ($0.key, StringConverter.toNullableString($0.value)) })
    }

    /// Converts a value by the rules of ``MapConverter``, and its members to strings (the toolkit's `fromValue`).
    public init(value: AnyValue) { self.init(MapConverter.toMap(value)) }

    /// Creates a map from alternating names and values (the toolkit's `fromTuples`). A last name without a value is
    /// dropped.
    public init(tuples: [AnyValue]) { self.init(AnyValueMap(tuples: tuples)) }

    /// Merges maps (the toolkit's `fromMaps`). If a name repeats, the later map wins.
    public init(merging maps: [StringValueMap]) {
        for map in maps { append(map) }
    }

    /// Parses `key1=value1;key2=value2`.
    ///
    /// The first `=` is the separator. Both sides are trimmed and empty parts skipped. A part without `=` is a name
    /// without a value. There is no escaping: a value can't contain `;`.
    public init(parsing line: String) {
        for token in line.parts(separatedBy: ";") where !token.trimmed.isEmpty {
            guard let (name, value) = token.divided(atFirst: "=") else {
                self[token.trimmed] = nil
                continue
            }
            if name.isEmpty { self[value.trimmed] = nil } else { self[name.trimmed] = value.trimmed }
        }
    }

    /// The names, in insertion order.
    public var keys: [String] { storage.keys.map(\.text) }
    /// The number of names.
    public var count: Int { storage.count }
    /// True if there are no names.
    public var isEmpty: Bool { storage.isEmpty }

    /// The string under `key`, or nil. Setting nil keeps the name without a value.
    public subscript(key: String) -> String? {
        get { storage[ScalarText(key)] ?? nil }
        set { storage[ScalarText(key)] = .some(newValue) }
    }

    /// Returns true if the name exists, with or without a value.
    public func contains(_ key: String) -> Bool { storage[ScalarText(key)] != nil }

    /// Sets the string under `key`.
    public mutating func put(_ key: String, _ value: String?) { self[key] = value }

    /// Removes the name.
    public mutating func remove(_ key: String) { storage.removeValue(forKey: ScalarText(key)) }

    /// Adds all entries of another map. If a name repeats, the other map wins.
    public mutating func append(_ other: StringValueMap) {
        storage.merge(other.storage, uniquingKeysWith: { $1 })
    }

    /// Removes everything.
    public mutating func clear() { storage.removeAll() }

    /// Replaces the entries with the members of a value, as ``init(value:)``.
    public mutating func setAsObject(_ value: AnyValue) { self = StringValueMap(value: value) }

    /// The map as a dynamic one. A name without a value has `.null` (the toolkit's `getAsObject` without a key).
    public var dynamic: AnyValueMap {
        AnyValueMap(storage.lazy.map { ($0.key.text, $0.value.map(AnyValue.string) ?? .null) })
    }

    /// Compares names and values by their code points, in any order.
    public static func == (left: StringValueMap, right: StringValueMap) -> Bool {
        left.count == right.count
            && left.storage.allSatisfy { name, value in right.storage[name].map { $0.isSame(as: value) } == true }
    }

    /// Hashes independently of the order.
    public func hash(into hasher: inout Hasher) { hasher.combine(Set(storage.keys)) }
}

extension StringValueMap: TypedValues {
    /// Returns the string under `key` as a dynamic value, or nil.
    public func value(for key: String) -> AnyValue? { self[key].map(AnyValue.string) }
}

extension StringValueMap: Sequence, CustomStringConvertible, ExpressibleByDictionaryLiteral {
    /// Iterates over names and strings in insertion order.
    public func makeIterator() -> AnyIterator<(key: String, value: String?)> {
        var iterator = storage.makeIterator()
        return AnyIterator { iterator.next().map { ($0.key.text, $0.value) } }
    }

    /// The string form that ``init(parsing:)`` reads.
    public var description: String {
        map { $0.value.map { [key = $0.key] value in "\(key)=\(value)" } ?? $0.key }.joined(separator: ";")
    }

    /// Creates a map from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, String?)...) { self.init(elements) }
}
