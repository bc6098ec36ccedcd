/// Values of a ``KeyValueConnector`` by key. Keys are compared by their code points, as stores compare them: for a
/// dictionary with `String` keys, a composed and a decomposed `é` are one key.
///
/// ```swift
/// let found = try await connector.getMany(context, ["a", "b"])
/// if let value = found["a"] { ... }
/// ```
public struct KeyValues: Sendable, Hashable {
    private var values: [ScalarText: [UInt8]]

    /// Creates values from keys and bytes; of equal keys the last one wins.
    public init(_ pairs: some Sequence<(String, [UInt8])> = []) {
        values = Dictionary(pairs.lazy.map { (ScalarText($0), $1) }, uniquingKeysWith: { $1 })
    }

    /// The keys, in no order.
    public var keys: [String] { values.keys.map(\.text) }
    /// The number of keys.
    public var count: Int { values.count }
    /// True if there is no key.
    public var isEmpty: Bool { values.isEmpty }

    /// The value of a key; nil if there is none. Setting nil removes the key.
    public subscript(key: String) -> [UInt8]? {
        get { values[ScalarText(key)] }
        set { values[ScalarText(key)] = newValue }
    }

    mutating func reserveCapacity(_ capacity: Int) { values.reserveCapacity(capacity) }
}

extension KeyValues: Sequence, ExpressibleByDictionaryLiteral {
    /// Iterates over keys and values in no order.
    public func makeIterator() -> AnyIterator<(key: String, value: [UInt8])> {
        var iterator = values.makeIterator()
        return AnyIterator { iterator.next().map { ($0.key.text, $0.value) } }
    }

    /// Writes keys and values as a literal; of equal keys the last one wins.
    public init(dictionaryLiteral elements: (String, [UInt8])...) { self.init(elements) }
}
