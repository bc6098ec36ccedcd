/// Values by key, compared by code points, each until a moment on a clock's `uptime`.
///
/// Reading takes one look into a dictionary; writing and removing take O(log n). Expired values are dropped when they are
/// read, and a few with every write, so that no call pays for many. Values that the table no longer holds are returned:
/// those of callers must be released outside the lock that guards the table.
struct ExpiringTable<Value> {
    private struct Entry {
        let value: Value
        let expiration: Duration
        let slot: Int
    }

    private var entries: [ScalarText: Entry] = [:]
    private var queue = ExpiryQueue()

    /// How many values there are, expired ones that were not dropped yet among them.
    var count: Int { entries.count }

    /// The value of a key; nil when there is none or it has expired.
    mutating func value(_ key: String, at now: Duration) -> Value? {
        guard let found = find(key, at: now), !found.isExpired else { return nil }
        return found.value
    }

    /// The value of a key, which is removed if it has expired; nil if there is none.
    mutating func find(_ key: String, at now: Duration) -> (value: Value, isExpired: Bool)? {
        guard let entry = entries[ScalarText(key)] else { return nil }
        let isExpired = entry.expiration <= now
        if isExpired { remove(key) }
        return (entry.value, isExpired)
    }

    /// When the value of a key expires; nil when there is none.
    func expiration(_ key: String) -> Duration? { entries[ScalarText(key)]?.expiration }

    /// Puts a value, and drops up to two that have expired.
    /// - Returns: the replaced value and the dropped ones. A tuple, since an array would be allocated.
    @discardableResult
    mutating func set(
        _ key: String, _ value: Value, until expiration: Duration, at now: Duration
    ) -> (replaced: Value?, expired: (Value?, Value?)) {
        // The place in the dictionary is looked for once.
        let replaced = Self.put(&entries[ScalarText(key)], &queue, key, value, expiration)
        return (replaced, (removeFirst(expiredAt: now), removeFirst(expiredAt: now)))
    }

    /// Removes a value and gives it back, expired or not.
    @discardableResult
    mutating func remove(_ key: String) -> Value? {
        guard let entry = entries.removeValue(forKey: ScalarText(key)) else { return nil }
        queue.remove(entry.slot)
        return entry.value
    }

    /// Removes the value that expires first, and returns it.
    @discardableResult
    mutating func removeFirst() -> Value? {
        guard let first = queue.first else { return nil }
        return remove(first.key)
    }

    // MARK: - Internal

    private mutating func removeFirst(expiredAt now: Duration) -> Value? {
        guard let first = queue.first, first.expiration <= now else { return nil }
        return remove(first.key)
    }

    private static func put(
        _ entry: inout Entry?, _ queue: inout ExpiryQueue, _ key: String, _ value: Value, _ expiration: Duration
    ) -> Value? {
        guard let old = entry else {
            entry = Entry(value: value, expiration: expiration, slot: queue.insert(key, expiration))
            return nil
        }
        if old.expiration != expiration { queue.update(old.slot, expiration) }
        entry = Entry(value: value, expiration: expiration, slot: old.slot)
        return old.value
    }
}
