/// A `KeyValueConnector` for memcached, built on libmemcached.
///
/// ```swift
/// let cache = KeyValueCache(MemcachedConnector())
/// ```
/// A component: it shares the service's ``MemcachedConnection`` or has its own. Calls run on the connection's threads,
/// so none blocks Swift's cooperative pool. If a task is cancelled, it stops waiting; whether the server executes its
/// request is then unknown.
///
/// When memcached needs memory, it evicts values that were not used recently. When it stops, it loses all values. Its
/// counters cannot be negative. In addition to the errors of ``KeyValueConnector``, calls throw:
/// - NoResponse: `CONNECTION_FAILED`, `TIMEOUT` (after the context's deadline or `options.timeout`), `SERVER_DOWN` for
///   a server that is temporarily not used after failures, `QUEUE_FULL`. They name the server and the operation. After
///   the first two, whether a write was executed is unknown; reads were retried.
/// - BadRequest: `BAD_KEY`, `VALUE_TOO_LARGE`, `NOT_A_NUMBER`, `OUT_OF_RANGE`.
/// - FailedInvocation `REFUSED` if the server replies with an error, such as out of memory; InvalidState `NOT_OPENED`.
public final class MemcachedConnector: KeyValueConnector, Component {
    /// Whether the driver is compiled in, and the version of libmemcached.
    public static let driver = Driver(
        name: "Memcached", flag: "PIP_MEMCACHED", package: "libmemcached-dev", libraryVersion: MemcachedLibrary.version)

    private let connection = Shared<MemcachedConnection>("connection", "*:connection:memcached:*:1.0") {
        MemcachedConnection()
    }
    private let clock = ClockSlot()
    private let random = RandomSlot()

    /// Creates a connector.
    public init() {}

    /// None, because the server may evict any value.
    public var capabilities: KeyValueCapabilities { [] }
    /// One second. Values live up to two seconds longer than their time to live, and never shorter.
    public var ttlResolution: Duration { .seconds(1) }

    /// Returns the value of a key; nil if there is none.
    public func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        let pool = try opened(context)
        return try await value(of: key, sentAs: try pool.keyRules.keyToSend(key, context), context, pool)
    }

    /// Returns the values of several keys, with one request to each server. Missing keys are omitted.
    ///
    /// If a server is unreachable, the call fails.
    public func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues {
        let pool = try opened(context)
        if keys.isEmpty { return [:] }
        let request = try MultiGetRequest(keys, pool.keyRules, context)
        let found = try await executeRead(MemcachedOperation("get", nil, context), pool) {
            client throws(MemcachedFault) in try client.getMany(request)
        }
        guard pool.keyRules.hashesKeys else { return found }
        return zip(keys, request.keys).reduce(into: KeyValues()) { $0[$1.0] = found[$1.1] }
    }

    /// Sets the value of a key.
    public func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
        let pool = try opened(context)
        let (sent, expiry) = (try pool.keyRules.keyToSend(key, context), expiry(ttl, pool))
        try checkSize(of: value, key, pool, context)
        try await pool.execute(MemcachedOperation("set", key, context), key: sent) { client throws(MemcachedFault) in
            try client.set(sent, value, expiry)
        }
    }

    /// Sets the values of several keys sequentially on one connection.
    public func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws {
        let pool = try opened(context)
        if values.isEmpty { return }
        let expiry = expiry(ttl, pool)
        let items = try values.map { key, value in
            try checkSize(of: value, key, pool, context)
            return (try pool.keyRules.keyToSend(key, context), value)
        }
        try await pool.execute(MemcachedOperation("set", nil, context)) { client throws(MemcachedFault) in
            for (sent, value) in items {
                try client.checkIsAwaited()
                try client.set(sent, value, expiry)
            }
        }
    }

    /// Sets the value of a key that has none. False if it has one.
    ///
    /// If the connection breaks before the reply, the key is read back, and an equal value counts as added. This is
    /// reliable for unique values, such as the tokens of locks.
    public func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        let pool = try opened(context)
        let (sent, expiry) = (try pool.keyRules.keyToSend(key, context), expiry(ttl, pool))
        try checkSize(of: value, key, pool, context)
        let operation = MemcachedOperation("add", key, context)
        let deadline = pool.deadline(of: context)
        var isRepeated = false
        while true {
            do {
                let isAdded = try await pool.execute(operation, key: sent, deadline: deadline) {
                    client throws(MemcachedFault) in try client.add(sent, value, expiry)
                }
                guard isRepeated, !isAdded else { return isAdded }
                // The first request may have arrived late.
                return try await self.value(of: key, sentAs: sent, context, pool, deadline) == value
            } catch let error as ApplicationError where error.code == "CONNECTION_FAILED" {
                guard expiry != MemcachedExpiry.past else { throw error }
                let present: [UInt8]?
                do {
                    present = try await self.value(of: key, sentAs: sent, context, pool, deadline)
                } catch {
                    throw Task.isCancelled ? CancellationError() : error
                }
                if let present { return present == value }
                // Without a value, the request has not been executed so far. Repeating it settles the question, unless
                // it fails too.
                guard !isRepeated else { throw error }
                isRepeated = true
            }
        }
    }

    /// Deletes a key. False if it had no value.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> Bool {
        let pool = try opened(context)
        let sent = try pool.keyRules.keyToSend(key, context)
        return try await pool.execute(MemcachedOperation("delete", key, context), key: sent) {
            client throws(MemcachedFault) in
            try client.delete(sent)
        }
    }

    /// Deletes several keys sequentially on one connection.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        let pool = try opened(context)
        if keys.isEmpty { return }
        let sent = try keys.map { try pool.keyRules.keyToSend($0, context) }
        try await pool.execute(MemcachedOperation("delete", nil, context)) { client throws(MemcachedFault) in
            for key in sent {
                try client.checkIsAwaited()
                _ = try client.delete(key)
            }
        }
    }

    /// Replaces the value and time to live of a key if the current value is the expected one.
    public func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool {
        let pool = try opened(context)
        return try await replace(
            MemcachedOperation("compare and set", key, context), pool, key, expected, value, expiry(ttl, pool))
    }

    /// Deletes a key if its current value is the expected one.
    public func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        // The protocol has no conditional delete. A conditional replacement that expires at once has the same effect.
        let pool = try opened(context)
        return try await replace(
            MemcachedOperation("compare and delete", key, context), pool, key, expected, [], MemcachedExpiry.past)
    }

    /// Adds to a counter. Fails for a negative amount and for a sum of more than 63 bits.
    public func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        let pool = try opened(context)
        let sent = try pool.keyRules.keyToSend(key, context)
        guard let amount = UInt64(exactly: amount) else {
            throw ApplicationError.badRequest(
                code: "OUT_OF_RANGE", "The counter '\(key)' cannot count by \(amount): memcached only counts upwards",
                traceId: context.traceId, details: ["key": .string(key)])
        }
        return try await pool.execute(MemcachedOperation("increment", key, context), key: sent) {
            client throws(MemcachedFault) in
            while true {
                try client.checkIsAwaited()
                if let sum = try client.increment(sent, by: amount) {
                    if let sum = Int64(exactly: sum) { return sum }
                    // The server has already added: undo it.
                    _ = try client.decrement(sent, by: amount)
                    throw MemcachedFault(kind: .outOfRange, reason: "the sum exceeds 64 bits")
                }
                if try client.add(sent, Array(String(amount).utf8), 0), let sum = Int64(exactly: amount) { return sum }
            }
        }
    }

    // MARK: - Internal

    private func opened(_ context: Context) throws -> MemcachedPool { try connection().opened(context) }

    private func expiry(_ ttl: Duration?, _ pool: MemcachedPool) -> Int {
        MemcachedExpiry.number(ttl, now: clock.now, span: pool.options.maxExpiration)
    }

    private func checkSize(
        of value: [UInt8], _ key: String, _ pool: MemcachedPool, _ context: Context
    ) throws(ApplicationError) {
        guard value.count > pool.options.maxValue else { return }
        throw .badRequest(
            code: "VALUE_TOO_LARGE",
            "The value of '\(key)' has \(value.count) bytes; 'options.max_value' allows \(pool.options.maxValue)",
            traceId: context.traceId, details: ["key": .string(key)])
    }

    private func value(
        of key: String, sentAs sent: String, _ context: Context, _ pool: MemcachedPool, _ deadline: Duration? = nil
    ) async throws -> [UInt8]? {
        try await executeRead(MemcachedOperation("get", key, context), pool, key: sent, deadline) {
            client throws(MemcachedFault) in try client.get(sent)
        }
    }

    /// Executes a read, and retries it if its connection breaks.
    private func executeRead<Value: Sendable>(
        _ operation: MemcachedOperation, _ pool: MemcachedPool, key: String? = nil, _ deadline: Duration? = nil,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value
    ) async throws -> Value {
        // All attempts share one deadline.
        let deadline = deadline ?? pool.deadline(of: operation.context)
        var (retry, backOff) = (0, Duration.milliseconds(10))
        while true {
            do {
                return try await pool.execute(operation, key: key, deadline: deadline, work)
            } catch let error as ApplicationError
                where error.code == "CONNECTION_FAILED" && retry < pool.options.retries
            {
                // The first retry is immediate: usually the server was restarted and the old connection broke.
                if retry > 0 {
                    backOff = min(backOff * 2, .seconds(1))
                    try await clock.sleep(for: backOff / 2 + backOff / 2048 * random.next(in: 0..<1025))
                }
                retry += 1
            }
        }
    }

    private func replace(
        _ operation: MemcachedOperation, _ pool: MemcachedPool, _ key: String, _ expected: [UInt8], _ value: [UInt8],
        _ expiry: Int
    ) async throws -> Bool {
        let sent = try pool.keyRules.keyToSend(key, operation.context)
        try checkSize(of: value, key, pool, operation.context)
        return try await pool.execute(operation, key: sent) { client throws(MemcachedFault) in
            while true {
                try client.checkIsAwaited()
                guard let present = try client.getVersioned(sent), present.value == expected else { return false }
                switch try client.replace(sent, value, expiry, version: present.version) {
                case .done: return true
                case .missing: return false
                case .changed: continue
                }
            }
        }
    }
}
