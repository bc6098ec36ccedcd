import Synchronization

/// A lock-free index of series by counter name: a hash table that only grows.
///
/// The unretained pointers are safe because `entries` owns every entry before its pointer is published, and entries are
/// never removed. An entry's `next` is older than the entry. So every entry that a reader reaches lives as long as this
/// object, which `withExtendedLifetime` keeps alive during the read.
final class SeriesIndex: Sendable {
    private static let bucketCount = 2048

    /// A series with its counter name.
    struct Item: Sendable {
        let name: String
        let type: CounterType
        let series: MetricSeries
    }

    private final class Entry: Sendable {
        let key: ScalarText
        let hash: Int
        let item: Item
        let next: Unmanaged<Entry>?

        init(_ key: ScalarText, _ hash: Int, _ item: Item, _ next: Unmanaged<Entry>?) {
            (self.key, self.hash, self.item, self.next) = (key, hash, item, next)
        }
    }

    private let buckets = InlineArray<2048, Atomic<Unmanaged<Entry>?>> { _ in Atomic(nil) }
    private let entries = Locked<[Entry]>([])
    private let limit: Int

    /// - Parameter limit: the maximum number of entries.
    init(limit: Int) { self.limit = limit }

    /// Calls `body` with the series of a name and a counter type. False if there is none.
    @inline(__always)
    func withSeries(_ key: String, _ type: CounterType, _ body: (MetricSeries) -> Void) -> Bool {
        let key = ScalarText(key)
        let hash = Self.hash(key)
        return withExtendedLifetime(self) {
            var next = buckets[hash & (Self.bucketCount - 1)].load(ordering: .acquiring)
            while let entry = next {
                let isFound = entry._withUnsafeGuaranteedRef { entry in
                    guard entry.hash == hash, entry.item.type == type, entry.key == key else {
                        next = entry.next
                        return false
                    }
                    body(entry.item.series)
                    return true
                }
                if isFound { return true }
            }
            return false
        }
    }

    /// All entries in the order of addition.
    var all: [Item] { entries.withLock { $0.map(\.item) } }

    /// Adds a series under a key, unless the key exists or the index is full.
    func add(_ item: Item, _ key: String) {
        let key = ScalarText(key)
        let hash = Self.hash(key)
        entries.withLock { entries in
            guard entries.count < limit, !withSeries(key.text, item.type, { _ in }) else { return }
            let bucket = hash & (Self.bucketCount - 1)
            let entry = Entry(key, hash, item, buckets[bucket].load(ordering: .relaxed))
            entries.append(entry)
            buckets[bucket].store(Unmanaged.passUnretained(entry), ordering: .releasing)
        }
    }

    // MARK: - Internal

    /// Random per process: chosen collisions do not work in other processes.
    private static let seed = Hasher().finalize() | 1

    /// Hashes eight bytes at a time. `Hasher` would account for half the time of an increment.
    @inline(__always)
    private static func hash(_ key: ScalarText) -> Int {
        let bytes = key.text.utf8Span.span.bytes
        var hash = UInt64(truncatingIfNeeded: seed)
        let factor = hash | 1
        func mix(_ word: UInt64) {
            let (high, low) = (hash ^ word).multipliedFullWidth(by: factor)
            hash = high ^ low
        }
        var offset = 0
        while offset + 8 <= bytes.byteCount {
            mix(bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest = UInt64(bytes.byteCount)
        while offset < bytes.byteCount {
            rest = rest << 8 | UInt64(bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        mix(rest)
        return Int(truncatingIfNeeded: hash)
    }
}
