/// Collects the values of a ``MultiGetRequest`` as they are read.
struct MultiGetResult {
    /// The values by key as sent. Missing keys are omitted.
    private(set) var values = KeyValues()
    /// True if a value has a key that was not requested: it belongs to another reply.
    private(set) var hasUnrequestedKey = false
    private let keys: [String]
    /// The index of the key that is expected next.
    private var next = 0
    private lazy var indexes = Dictionary(
        zip(keys.lazy.map { ScalarText($0) }, keys.indices), uniquingKeysWith: { first, _ in first })

    init(_ keys: [String]) {
        self.keys = keys
        values.reserveCapacity(keys.count)
    }

    /// Adds a value.
    ///
    /// A server replies in the order of the request, so the key is usually found by comparing bytes with the next few
    /// requested keys. `key` is called only if none of them matches.
    mutating func add(_ value: [UInt8], matches: (Int) -> Bool, key: () -> String) {
        let end = min(next + Self.searchLength, keys.count)
        guard let index = (next..<end).first(where: matches) ?? indexes[ScalarText(key())] else {
            hasUnrequestedKey = true
            return
        }
        next = index + 1
        values[keys[index]] = value
    }

    // MARK: - Internal

    private static let searchLength = 64
}
