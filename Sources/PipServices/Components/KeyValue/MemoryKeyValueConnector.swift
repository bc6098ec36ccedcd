/// A key-value store in memory, for components that need a ``KeyValueConnector`` without an external system.
///
/// It ends with the process and has no size limit. Calls only wait for each other's short critical sections.
public final class MemoryKeyValueConnector: KeyValueConnector, Component {
    private let clock = ClockSlot()
    private let table = Locked(ExpiringTable<[UInt8]>())

    /// Creates an empty store.
    public init() {}

    /// Durable, with signed counters.
    public var capabilities: KeyValueCapabilities { [.durable, .signedCounters] }
    /// The resolution of the clock.
    public var ttlResolution: Duration { .nanoseconds(1) }

    /// Returns the value of a key, or nil.
    public func get(_ context: Context, _ key: String) -> [UInt8]? {
        let now = clock.uptime
        return table.withLock { $0.value(key, at: now) }
    }

    /// Returns a consistent snapshot of the values of several keys. Missing ones are omitted.
    public func getMany(_ context: Context, _ keys: [String]) -> KeyValues {
        let now = clock.uptime
        return table.withLock { table in
            keys.reduce(into: KeyValues()) { values, key in values[key] = table.value(key, at: now) }
        }
    }

    /// Sets the value of a key.
    public func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) {
        setMany(context, [key: value], ttl: ttl)
    }

    /// Sets the values of several keys atomically.
    public func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) {
        let now = clock.uptime
        table.withLock { table in
            for (key, value) in values { Self.set(&table, key, value, ttl, now) }
        }
    }

    /// Sets the value of a key if it has none. Returns false if it has one.
    public func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) -> Bool {
        let now = clock.uptime
        return table.withLock { table in
            guard table.value(key, at: now) == nil else { return false }
            Self.set(&table, key, value, ttl, now)
            return true
        }
    }

    /// Deletes a key. Returns false if there was none.
    @discardableResult
    public func delete(_ context: Context, _ key: String) -> Bool {
        let now = clock.uptime
        return table.withLock { table in
            guard table.value(key, at: now) != nil else { return false }
            table.remove(key)
            return true
        }
    }

    /// Deletes several keys atomically.
    public func deleteMany(_ context: Context, _ keys: [String]) {
        table.withLock { table in
            for key in keys { table.remove(key) }
        }
    }

    /// Replaces the value and the time to live of a key if its current value is the expected one.
    public func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) -> Bool {
        let now = clock.uptime
        return table.withLock { table in
            guard table.value(key, at: now) == expected else { return false }
            Self.set(&table, key, value, ttl, now)
            return true
        }
    }

    /// Deletes a key if its value is the expected one.
    public func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) -> Bool {
        let now = clock.uptime
        return table.withLock { table in
            guard table.value(key, at: now) == expected else { return false }
            table.remove(key)
            return true
        }
    }

    /// Adds to a counter.
    /// - Throws: BadRequest `NOT_A_NUMBER` for another value, `OUT_OF_RANGE` for a sum beyond 64 bits.
    public func increment(_ context: Context, _ key: String, by amount: Int64) throws(ApplicationError) -> Int64 {
        let now = clock.uptime
        let result = table.withLock { table -> Result<Int64, ApplicationError> in
            let text = table.value(key, at: now).map { String(decoding: $0, as: UTF8.self) }
            guard let number = Int64(text ?? "0") else {
                return .failure(.counter("NOT_A_NUMBER", "The value of '\(key)' is not an integer", context, key))
            }
            let (sum, isTooLarge) = number.addingReportingOverflow(amount)
            if isTooLarge {
                return .failure(.counter("OUT_OF_RANGE", "The counter '\(key)' would exceed 64 bits", context, key))
            }
            table.set(key, Array(String(sum).utf8), until: table.expiration(key) ?? .never, at: now)
            return .success(sum)
        }
        return try result.get()
    }

    // MARK: - Internal

    private static func set(
        _ table: inout ExpiringTable<[UInt8]>, _ key: String, _ value: [UInt8], _ ttl: Duration?, _ now: Duration
    ) {
        table.set(key, value, until: ttl.map { now.adding(timeout: $0) } ?? .never, at: now)
    }
}

extension ApplicationError {
    static func counter(
        _ code: String, _ message: String, _ context: Context, _ key: String
    ) -> ApplicationError {
        .badRequest(code: code, message, traceId: context.traceId, details: ["key": .string(key)])
    }
}
