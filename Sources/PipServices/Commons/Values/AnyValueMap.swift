internal import OrderedCollections

/// A map from names to dynamic values, in insertion order (the toolkit's `AnyValueMap`).
///
/// Names are case-sensitive and compared by their code points. Two maps are equal if they hold equal values under the
/// same names, in any order.
public struct AnyValueMap: Sendable {
    private(set) var storage: OrderedDictionary<ScalarText, AnyValue>

    /// Creates a map from pairs. If a name repeats, the last value wins.
    public init(_ pairs: some Sequence<(String, AnyValue)> = []) {
        storage = OrderedDictionary(pairs.lazy.map { (ScalarText($0), $1) }, uniquingKeysWith: { $1 })
    }

    /// Converts a value by the rules of ``MapConverter`` (the toolkit's `fromValue`): an array to a map by index, a
    /// single value to an empty map.
    public init(value: AnyValue) { self = MapConverter.toMap(value) }

    /// Creates a map from alternating names and values (the toolkit's `fromTuples`). A last name without a value is
    /// dropped.
    public init(tuples: [AnyValue]) {
        self.init(
            stride(from: 0, to: tuples.count - 1, by: 2).lazy
                .map { (StringConverter.toString(tuples[$0]), tuples[$0 + 1]) })
    }

    /// Merges maps (the toolkit's `fromMaps`). If a name repeats, the later map wins.
    public init(merging maps: [AnyValueMap]) {
        self.init()
        for map in maps { append(map) }
    }

    /// The names, in insertion order.
    public var keys: [String] { storage.keys.map(\.text) }

    /// The number of values.
    public var count: Int { storage.count }

    /// True if there are no values.
    public var isEmpty: Bool { storage.isEmpty }

    /// The value under `key`. Setting nil removes the name; setting `.null` keeps it.
    public subscript(key: String) -> AnyValue? {
        get { storage[ScalarText(key)] }
        set { storage[ScalarText(key)] = newValue }
    }

    /// Sets the value under `key`.
    public mutating func put(_ key: String, _ value: AnyValue) { storage.updateValue(value, forKey: ScalarText(key)) }

    /// Removes and returns the value under `key`.
    @discardableResult
    public mutating func remove(_ key: String) -> AnyValue? { storage.removeValue(forKey: ScalarText(key)) }

    /// Adds all values of another map. If a name repeats, the other map wins.
    public mutating func append(_ other: AnyValueMap) {
        storage.merge(other.storage, uniquingKeysWith: { $1 })
    }

    /// Removes everything.
    public mutating func clear() { storage.removeAll() }

    /// Returns true if the name exists, even with `.null`.
    public func contains(_ key: String) -> Bool { storage[ScalarText(key)] != .none }

    /// Replaces the members with those of a value, by the rules of ``MapConverter``.
    public mutating func setAsObject(_ value: AnyValue) { self = MapConverter.toMap(value) }

    mutating func reserveCapacity(_ capacity: Int) { storage.reserveCapacity(capacity) }

    /// Creates a map from names and values in exactly the memory that they need. If a name repeats, the last value
    /// wins.
    init(names: ArraySlice<String>, values: ArraySlice<AnyValue>) {
        storage = OrderedDictionary(minimumCapacity: names.count)
        for (name, value) in zip(names, values) { storage.updateValue(value, forKey: ScalarText(name)) }
    }
}

extension AnyValueMap: TypedValues {
    /// Returns the value under `key`, or nil.
    public func value(for key: String) -> AnyValue? { storage[ScalarText(key)] }
}

extension AnyValueMap: Sequence {
    /// Iterates over names and values in insertion order.
    public func makeIterator() -> AnyIterator<(key: String, value: AnyValue)> {
        var iterator = storage.makeIterator()
        return AnyIterator { iterator.next().map { ($0.key.text, $0.value) } }
    }
}

extension AnyValueMap: Hashable {
    /// Compares names and values in any order.
    public static func == (left: AnyValueMap, right: AnyValueMap) -> Bool {
        left.count == right.count && left.storage.allSatisfy { right.storage[$0.key] == $0.value }
    }

    /// Hashes independently of the order.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(storage.reduce(0) { $0 ^ Self.hash(of: $1) })
    }

    private static func hash(of pair: (key: ScalarText, value: AnyValue)) -> Int {
        var hasher = Hasher()
        hasher.combine(pair.key)
        hasher.combine(pair.value)
        return hasher.finalize()
    }
}

extension AnyValueMap: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// Creates a map from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { self.init(elements) }

    /// The toolkit's string form, `key1=value1;key2=value2;key3`. A null value is written as the key alone.
    public var description: String {
        map { $0.value.isNull ? $0.key : "\($0.key)=\($0.value)" }.joined(separator: ";")
    }
}
