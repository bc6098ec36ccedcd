/// Values of a ``KeyValueConnector`` by key. Keys are compared by their code points, as in stores. In a dictionary with
/// `String` keys, a composed and a decomposed `é` would be one key.
///
/// ```swift
/// let found = try await connector.getMany(context, ["a", "b"])
/// if let value = found["a"] { ... }
/// ```
public struct KeyValues: Sendable, Hashable {
    private var values: [ScalarText: [UInt8]]

    /// Creates values from pairs. If a key repeats, the last value wins.
    public init(_ pairs: some Sequence<(String, [UInt8])> = []) {
        values = Dictionary(pairs.lazy.map { (ScalarText($0), $1) }, uniquingKeysWith: { $1 })
    }

    /// The keys in no particular order.
    public var keys: [String] { values.keys.map(\.text) }
    /// The number of keys.
    public var count: Int { values.count }
    /// True if there are no keys.
    public var isEmpty: Bool { values.isEmpty }

    /// The value of a key, or nil. Setting nil removes the key.
    public subscript(key: String) -> [UInt8]? {
        get { values[ScalarText(key)] }
        set { values[ScalarText(key)] = newValue }
    }

    mutating func reserveCapacity(_ capacity: Int) { values.reserveCapacity(capacity) }
}

extension KeyValues: Sequence, ExpressibleByDictionaryLiteral {
    /// Iterates over keys and values in no particular order.
    public func makeIterator() -> AnyIterator<(key: String, value: [UInt8])> {
        var iterator = values.makeIterator()
        return AnyIterator { iterator.next().map { ($0.key.text, $0.value) } }
    }

    /// Creates values from a literal. If a key repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, [UInt8])...) { self.init(elements) }
}
