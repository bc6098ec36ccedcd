internal import OrderedCollections

/// Text by name, in insertion order (the toolkit's `StringValueMap`). A name may stand without a value. Names are compared
/// by their code points.
public struct StringValueMap: Sendable, Hashable {
    private(set) var storage: OrderedDictionary<ScalarText, String?> = [:]

    /// Creates an empty map.
    public init() {}

    /// Creates a map from pairs; of equal names the last one wins.
    public init(_ pairs: some Sequence<(String, String?)>) {
        storage = OrderedDictionary(pairs.lazy.map { (ScalarText($0), $1) }, uniquingKeysWith: { $1 })
    }

    /// Creates a map from dynamic values, each as its text form.
    public init(_ values: AnyValueMap) {
        self.init(values.map { ($0.key, StringConverter.toNullableString($0.value)) })
    }

    /// Converts a value by the rules of ``MapConverter``, and its members to text (the toolkit's `fromValue`).
    public init(value: AnyValue) { self.init(MapConverter.toMap(value)) }

    /// Takes alternating names and values (the toolkit's `fromTuples`); a name without a value at the end is left out.
    public init(tuples: [AnyValue]) { self.init(AnyValueMap(tuples: tuples)) }

    /// Puts maps together (the toolkit's `fromMaps`); of equal names the later map's win.
    public init(merging maps: [StringValueMap]) {
        for map in maps { append(map) }
    }

    /// Parses `key1=value1;key2=value2`.
    ///
    /// The first `=` separates; both sides are trimmed; empty parts are skipped; a part without `=` is a name without
    /// a value. There is no escaping: a value can't hold `;`.
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
    /// How many names there are.
    public var count: Int { storage.count }
    /// True when there is no name.
    public var isEmpty: Bool { storage.isEmpty }

    /// The text under `key`, nil when there is none. Setting nil keeps the name without a value.
    public subscript(key: String) -> String? {
        get { storage[ScalarText(key)] ?? nil }
        set { storage[ScalarText(key)] = .some(newValue) }
    }

    /// True when the name is there, with or without a value.
    public func contains(_ key: String) -> Bool { storage[ScalarText(key)] != nil }

    /// Puts text under `key`, replacing what is there.
    public mutating func put(_ key: String, _ value: String?) { self[key] = value }

    /// Removes the name.
    public mutating func remove(_ key: String) { storage.removeValue(forKey: ScalarText(key)) }

    /// Adds all of another map; of equal names the other's values win.
    public mutating func append(_ other: StringValueMap) {
        storage.merge(other.storage, uniquingKeysWith: { $1 })
    }

    /// Removes everything.
    public mutating func clear() { storage.removeAll() }

    /// Takes over the members of a value, as ``init(value:)``.
    public mutating func setAsObject(_ value: AnyValue) { self = StringValueMap(value: value) }

    /// The map as a dynamic one; a name without a value has `.null` (the toolkit's `getAsObject` without a key).
    public var dynamic: AnyValueMap {
        AnyValueMap(storage.lazy.map { ($0.key.text, $0.value.map(AnyValue.string) ?? .null) })
    }

    /// Compares names and values by their code points, whatever their order.
    public static func == (left: StringValueMap, right: StringValueMap) -> Bool {
        left.count == right.count
            && left.storage.allSatisfy { name, value in right.storage[name].map { $0.isSame(as: value) } == true }
    }

    /// Hashes in a way that does not depend on order.
    public func hash(into hasher: inout Hasher) { hasher.combine(Set(storage.keys)) }
}

extension StringValueMap: TypedValues {
    /// The text under `key` as a dynamic value, or nil.
    public func value(for key: String) -> AnyValue? { self[key].map(AnyValue.string) }
}

extension StringValueMap: Sequence, CustomStringConvertible, ExpressibleByDictionaryLiteral {
    /// Iterates over names and texts in insertion order.
    public func makeIterator() -> AnyIterator<(key: String, value: String?)> {
        var iterator = storage.makeIterator()
        return AnyIterator { iterator.next().map { ($0.key.text, $0.value) } }
    }

    /// The text form that ``init(parsing:)`` reads.
    public var description: String {
        map { $0.value.map { [key = $0.key] value in "\(key)=\(value)" } ?? $0.key }.joined(separator: ";")
    }

    /// Writes a map as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, String?)...) { self.init(elements) }
}
