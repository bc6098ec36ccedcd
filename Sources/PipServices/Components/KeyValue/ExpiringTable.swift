/// Values by key, each with an expiration time on a clock's `uptime`. Keys are compared by code points.
///
/// Reads take O(1), writes and removals O(log n). Expired values are removed when they are read, and up to two with
/// every write, so that no call has to remove many. Removed values are returned: release callers' values outside the
/// lock that guards the table.
struct ExpiringTable<Value> {
    private struct Entry {
        let value: Value
        let expiration: Duration
        let slot: Int
    }

    private var entries: [ScalarText: Entry] = [:]
    private var queue = ExpiryQueue()

    /// The number of values, including expired ones that are not removed yet.
    var count: Int { entries.count }

    /// Returns the value of a key; nil if there is none or it has expired.
    mutating func value(_ key: String, at now: Duration) -> Value? {
        guard let found = find(key, at: now), !found.isExpired else { return nil }
        return found.value
    }

    /// Returns the value of a key and removes it if it has expired; nil if there is none.
    mutating func find(_ key: String, at now: Duration) -> (value: Value, isExpired: Bool)? {
        guard let entry = entries[ScalarText(key)] else { return nil }
        let isExpired = entry.expiration <= now
        if isExpired { remove(key) }
        return (entry.value, isExpired)
    }

    /// Returns the expiration time of a key, or nil.
    func expiration(_ key: String) -> Duration? { entries[ScalarText(key)]?.expiration }

    /// Sets a value, and removes up to two that have expired.
    /// - Returns: the replaced value and the expired ones. A tuple, because an array would be allocated.
    @discardableResult
    mutating func set(
        _ key: String, _ value: Value, until expiration: Duration, at now: Duration
    ) -> (replaced: Value?, expired: (Value?, Value?)) {
        // Looks up the dictionary slot once.
        let replaced = Self.put(&entries[ScalarText(key)], &queue, key, value, expiration)
        return (replaced, (removeFirst(expiredAt: now), removeFirst(expiredAt: now)))
    }

    /// Removes and returns a value, expired or not.
    @discardableResult
    mutating func remove(_ key: String) -> Value? {
        guard let entry = entries.removeValue(forKey: ScalarText(key)) else { return nil }
        queue.remove(entry.slot)
        return entry.value
    }

    /// Removes and returns the value that expires first.
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
