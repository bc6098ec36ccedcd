/// A state store in the memory of the process (the toolkit's `MemoryStateStore`), for tests and single processes.
///
/// States are stored without encoding. Calls only wait for each other's short critical sections, and need no `await` on
/// a `MemoryStateStore`.
public final class MemoryStateStore: StateStore, Component {
    private let timeout = Setting(
        "options.timeout", aliases: ["timeout"], default: Duration.zero, in: Duration.zero...,
        "The time to live of a saved state, in ms; 0 for no expiration")
    private let clock = ClockSlot()
    private let table = Locked(ExpiringTable<any Codable & Sendable>())

    /// Creates an empty store.
    public init() {}

    /// Returns the state of a key, or nil.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it has another type and can't be converted.
    public func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) throws(ApplicationError) -> Value? {
        try loadBulk(context, [key], as: type).first?.value
    }

    /// Returns a consistent snapshot with one entry per key, also for keys without a state.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if a state has another type and can't be converted.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) throws(ApplicationError) -> [StateValue<Value>] {
        let now = clock.uptime
        let found = table.withLock { table in keys.map { table.find($0, at: now) } }
        // Expired values are released here, outside the lock.
        defer { withExtendedLifetime(found) {} }
        var values: [StateValue<Value>] = []
        for (key, found) in zip(keys, found) {
            let stored = found.flatMap { $0.isExpired ? nil : $0.value }
            values.append(StateValue(key, try Self.convert(stored, to: type, context, key)))
        }
        return values
    }

    /// Saves a state, replacing the existing one. `AnyValue.null` and nil delete it.
    @discardableResult
    public func save<Value: Codable & Sendable>(_ context: Context, _ key: String, _ value: Value) -> Value {
        let now = clock.uptime
        let timeout = timeout()
        let isNull = StoredValue.isNull(value)
        table.displace { table in
            isNull
                ? (table.remove(key), (nil, nil))
                : table.set(key, value, until: timeout > .zero ? now.adding(timeout: timeout) : .never, at: now)
        }
        return value
    }

    /// Deletes and returns a state, or nil.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it can't be converted; it is deleted nevertheless.
    public func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) throws(ApplicationError) -> Value? {
        let now = clock.uptime
        let found = table.withLock { table in
            let found = table.find(key, at: now)
            table.remove(key)
            return found
        }
        // An expired value is released here, outside the lock.
        defer { withExtendedLifetime(found) {} }
        return try Self.convert(found.flatMap { $0.isExpired ? nil : $0.value }, to: type, context, key)
    }

    // MARK: - Internal

    private static func convert<Value: Codable & Sendable>(
        _ stored: (any Codable & Sendable)?, to type: Value.Type, _ context: Context, _ key: String
    ) throws(ApplicationError) -> Value? {
        guard let stored else { return nil }
        return try StoredValue.convert(stored, to: type, context, key)
    }
}
