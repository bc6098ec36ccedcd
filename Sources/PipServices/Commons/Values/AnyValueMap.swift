internal import OrderedCollections

/// Dynamic values by name, in insertion order (the toolkit's `AnyValueMap`).
///
/// Names are case-sensitive and compared by their code points. Two maps are equal when they hold equal values under the same names, in any order.
public struct AnyValueMap: Sendable {
    private(set) var storage: OrderedDictionary<ScalarText, AnyValue>

    /// Creates a map from pairs; of equal names the last one wins.
    public init(_ pairs: some Sequence<(String, AnyValue)> = []) {
        storage = OrderedDictionary(pairs.lazy.map { (ScalarText($0), $1) }, uniquingKeysWith: { $1 })
    }

    /// Converts a value by the rules of ``MapConverter`` (the toolkit's `fromValue`): an array gives its elements under
    /// `0`, `1`, ...; a single value an empty map.
    public init(value: AnyValue) { self = MapConverter.toMap(value) }

    /// Takes alternating names and values (the toolkit's `fromTuples`); a name without a value at the end is left out.
    public init(tuples: [AnyValue]) {
        self.init(
            stride(from: 0, to: tuples.count - 1, by: 2).lazy
                .map { (StringConverter.toString(tuples[$0]), tuples[$0 + 1]) })
    }

    /// Puts maps together (the toolkit's `fromMaps`); of equal names the later map's win.
    public init(merging maps: [AnyValueMap]) {
        self.init()
        for map in maps { append(map) }
    }

    /// The names, in insertion order.
    public var keys: [String] { storage.keys.map(\.text) }

    /// How many values there are.
    public var count: Int { storage.count }

    /// True when there is no value.
    public var isEmpty: Bool { storage.isEmpty }

    /// The value under `key`. Setting nil removes it; setting `.null` keeps the name.
    public subscript(key: String) -> AnyValue? {
        get { storage[ScalarText(key)] }
        set { storage[ScalarText(key)] = newValue }
    }

    /// Puts a value under `key`, replacing what is there.
    public mutating func put(_ key: String, _ value: AnyValue) { storage.updateValue(value, forKey: ScalarText(key)) }

    /// Removes the value under `key` and gives it back.
    @discardableResult
    public mutating func remove(_ key: String) -> AnyValue? { storage.removeValue(forKey: ScalarText(key)) }

    /// Adds all values of another map; of equal names the other's win.
    public mutating func append(_ other: AnyValueMap) {
        storage.merge(other.storage, uniquingKeysWith: { $1 })
    }

    /// Removes everything.
    public mutating func clear() { storage.removeAll() }

    /// True when the name is there, be it with `.null`.
    public func contains(_ key: String) -> Bool { storage[ScalarText(key)] != .none }

    /// Takes over the members of a value, by the rules of ``MapConverter``.
    public mutating func setAsObject(_ value: AnyValue) { self = MapConverter.toMap(value) }

    mutating func reserveCapacity(_ capacity: Int) { storage.reserveCapacity(capacity) }

    /// Puts names and as many values together, in memory that is no larger than they need; of equal names the last wins.
    init(names: ArraySlice<String>, values: ArraySlice<AnyValue>) {
        storage = OrderedDictionary(minimumCapacity: names.count)
        for (name, value) in zip(names, values) { storage.updateValue(value, forKey: ScalarText(name)) }
    }
}

extension AnyValueMap: TypedValues {
    /// The value under `key`, or nil.
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
    /// Compares names and values, whatever their order.
    public static func == (left: AnyValueMap, right: AnyValueMap) -> Bool {
        left.count == right.count && left.storage.allSatisfy { right.storage[$0.key] == $0.value }
    }

    /// Hashes in a way that does not depend on order.
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
    /// Writes a map as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { self.init(elements) }

    /// The toolkit's text form, `key1=value1;key2=value2;key3`: a null value leaves the key alone.
    public var description: String {
        map { $0.value.isNull ? $0.key : "\($0.key)=\($0.value)" }.joined(separator: ";")
    }
}
