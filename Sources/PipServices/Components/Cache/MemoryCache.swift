/// A cache in the memory of the process (the toolkit's `MemoryCache`).
///
/// Values are stored without encoding. When there are more than `options.max_size`, the one that expires first is
/// evicted, in O(log n). Reading a value does not extend its life. Calls only wait for each other's short critical
/// sections, and need no `await` on a `MemoryCache`.
public final class MemoryCache: Cache, Component {
    private let timeout = Setting(
        "options.timeout", aliases: ["timeout"], default: Duration.milliseconds(60_000), in: Duration.zero...,
        "The default time to live of a value, in ms; 0 for no expiration")
    private let maxSize = Setting(
        "options.max_size", aliases: ["max_size"], default: 1000, in: 0...,
        "The maximum number of values; 0 for no limit")
    private let sharedEngine = CacheEngine()
    private let clock = ClockSlot()
    private let table = Locked(ExpiringTable<any Codable & Sendable>())

    /// Creates an empty cache.
    public init() {}

    /// The number of values, including expired ones that are not removed yet.
    public var count: Int { table.withLock { $0.count } }

    /// The default time to live; zero for no limit.
    public var entryTimeout: Duration { max(timeout(), .zero) }
    /// The engine for concurrent callers and counters.
    public var engine: CacheEngine? { sharedEngine }

    /// Returns the value of a key; nil if there is none or it has expired.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it has another type and can't be converted.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) throws(ApplicationError) -> Value? {
        let now = clock.uptime
        let stored = table.withLock { $0.find(key, at: now) }
        // An expired value is released here, outside the lock.
        defer { withExtendedLifetime(stored) {} }
        sharedEngine.noteLookup(isHit: stored.map { !$0.isExpired } ?? false)
        guard let found = stored, !found.isExpired else { return nil }
        return try StoredValue.convert(found.value, to: type, context, key)
    }

    /// Stores a value under a key, replacing the existing one. `AnyValue.null` and nil remove it.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) -> Value {
        if StoredValue.isNull(value) {
            remove(context, key)
            return value
        }
        let now = clock.uptime
        let expiration = expiration(timeout, from: now)
        let maxSize = maxSize() > 0 ? maxSize() : .max
        sharedEngine.forget(key)
        let (displaced, evicted) = table.withLock { table in
            let displaced = table.set(key, value, until: expiration, at: now)
            var evicted: [any Codable & Sendable] = []
            while table.count > maxSize, let first = table.removeFirst() { evicted.append(first) }
            return (displaced, evicted)
        }
        // Both are released here, outside the lock.
        withExtendedLifetime((displaced, evicted)) {}
        sharedEngine.noteEvictions(evicted.count)
        return value
    }

    /// Removes the value of a key, if there is one.
    public func remove(_ context: Context, _ key: String) {
        sharedEngine.forget(key)
        table.displace { $0.remove(key) }
    }

    // MARK: - Internal

    private func expiration(_ wanted: Duration?, from now: Duration) -> Duration {
        if let wanted, wanted > .zero { return now.adding(timeout: wanted) }
        let own = timeout()
        return own > .zero ? now.adding(timeout: own) : .never
    }
}
