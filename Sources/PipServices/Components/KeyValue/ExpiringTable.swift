/// Values by key, each until a moment on a clock's `uptime`.
///
/// Reading takes one look into a dictionary; writing and removing take O(log n). Expired values are dropped when they are
/// read, and a few with every write, so that no call pays for many.
struct ExpiringTable<Value> {
    private struct Entry {
        var value: Value
        var expiration: Duration
        let slot: Int
    }

    private var entries: [String: Entry] = [:]
    private var queue = ExpiryQueue()

    /// How many values there are, expired ones that were not dropped yet among them.
    var count: Int { entries.count }

    /// The value of a key; nil when there is none or it has expired.
    mutating func value(_ key: String, at now: Duration) -> Value? {
        guard let entry = entries[key] else { return nil }
        if entry.expiration > now { return entry.value }
        remove(key)
        return nil
    }

    /// When the value of a key expires; nil when there is none.
    func expiration(_ key: String) -> Duration? { entries[key]?.expiration }

    /// Puts a value, and drops up to two that have expired.
    mutating func set(_ key: String, _ value: Value, until expiration: Duration, at now: Duration) {
        // The place in the dictionary is looked for once.
        Self.put(&entries[key], &queue, key, value, expiration)
        for _ in 0..<2 {
            guard let first = queue.first, first.expiration <= now else { break }
            remove(first.key)
        }
    }

    /// Removes a value and gives it back, expired or not.
    @discardableResult
    mutating func remove(_ key: String) -> Value? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        queue.remove(entry.slot)
        return entry.value
    }

    /// Removes the value that expires first.
    mutating func removeFirst() {
        if let first = queue.first { remove(first.key) }
    }

    // MARK: - Internal

    private static func put(
        _ entry: inout Entry?, _ queue: inout ExpiryQueue, _ key: String, _ value: Value, _ expiration: Duration
    ) {
        guard let slot = entry?.slot else {
            entry = Entry(value: value, expiration: expiration, slot: queue.insert(key, expiration))
            return
        }
        if entry?.expiration != expiration { queue.update(slot, expiration) }
        entry?.value = value
        entry?.expiration = expiration
    }
}
