/// The store of values by key that memcached is: the driver for Memcached, on libmemcached.
///
/// ```swift
/// let cache = KeyValueCache(MemcachedConnector())
/// ```
/// A component: it shares the service's ``MemcachedConnection``, or has one of its own. Calls of many tasks go to the
/// threads of the connection; none blocks Swift's own. A task that is cancelled stops waiting, and whether the server still
/// does what it was asked for is then unknown.
///
/// Memcached drops what was not used for a while when it needs room, and forgets all when it ends. Its counters don't fall
/// below zero. Calls throw, beyond what ``KeyValueConnector`` says:
/// - NoResponse: `CONNECTION_FAILED`, `TIMEOUT` (after the context's deadline or `options.timeout`), `SERVER_DOWN` for a
///   server that failed and is left alone for now, `QUEUE_FULL`. They name the server and the operation. After the first
///   two, whether the server carried a writing call out is not known; calls that only read were tried again.
/// - BadRequest: `BAD_KEY`, `VALUE_TOO_LARGE`, `NOT_A_NUMBER`, `OUT_OF_RANGE`.
/// - FailedInvocation `REFUSED` when the server says no, such as out of memory; InvalidState `NOT_OPENED`.
public final class MemcachedConnector: KeyValueConnector, Component {
    /// Whether the driver is compiled in, and on which libmemcached it runs.
    public static let driver = Driver(
        name: "Memcached", flag: "PIP_MEMCACHED", package: "libmemcached-dev", libraryVersion: MemcachedLibrary.version)

    private let connection = Shared<MemcachedConnection>("connection", "*:connection:memcached:*:1.0") {
        MemcachedConnection()
    }
    private let clock = ClockSlot()
    private let random = RandomSlot()

    /// Creates a connector.
    public init() {}

    /// None: what it is given may be gone at any time.
    public var capabilities: KeyValueCapabilities { [] }
    /// A second. Values live up to two seconds longer than they are told, and no shorter.
    public var ttlResolution: Duration { .seconds(1) }

    /// The value of a key; nil when there is none.
    public func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        let pool = try opened(context)
        return try await value(of: key, as: try pool.keys.wire(key, context), context, pool)
    }

    /// The values of several keys, in one trip to each server; missing ones are left out.
    ///
    /// When a server is out of reach, the call fails.
    public func getMany(_ context: Context, _ keys: [String]) async throws -> [String: [UInt8]] {
        let pool = try opened(context)
        if keys.isEmpty { return [:] }
        let question = try MemcachedQuestion(keys, pool.keys, context)
        let found = try await reading(
            context, pool, "get", nil, asking: { $0.ask(question) },
            work: { client throws(MemcachedFault) in try client.getMany(question) })
        return !pool.keys.hashes ? found : zip(keys, question.keys).reduce(into: [:]) { $0[$1.0] = found[$1.1] }
    }

    /// Sets the value of a key.
    public func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
        let pool = try opened(context)
        let (wire, expiry) = (try pool.keys.wire(key, context), expiry(ttl, pool))
        try check(value, key, pool, context)
        try await once(context, pool, "set", key) { client throws(MemcachedFault) in
            try client.set(wire, value, expiry)
        }
    }

    /// Sets the values of several keys, one after the other on one connection.
    public func setMany(_ context: Context, _ values: [String: [UInt8]], ttl: Duration?) async throws {
        let pool = try opened(context)
        if values.isEmpty { return }
        let expiry = expiry(ttl, pool)
        let items = try values.map { key, value in
            try check(value, key, pool, context)
            return (try pool.keys.wire(key, context), value)
        }
        try await once(context, pool, "set", nil) { client throws(MemcachedFault) in
            for (wire, value) in items {
                try client.checkTime()
                try client.set(wire, value, expiry)
            }
        }
    }

    /// Sets the value of a key that has none. False when there is one.
    ///
    /// When the answer gets lost, the key is read: a value equal to this one counts as this one, which is certain for
    /// values that no other caller uses, such as the tokens of locks.
    public func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        let pool = try opened(context)
        let (wire, expiry) = (try pool.keys.wire(key, context), expiry(ttl, pool))
        try check(value, key, pool, context)
        let deadline = pool.deadline(context)
        var isRepeated = false
        while true {
            do {
                let isAdded = try await once(context, pool, "add", key, deadline) { client throws(MemcachedFault) in
                    try client.add(wire, value, expiry)
                }
                guard isRepeated, !isAdded else { return isAdded }
                // An earlier question may have arrived late.
                return try await self.value(of: key, as: wire, context, pool, deadline) == value
            } catch let error as ApplicationError where error.code == "CONNECTION_FAILED" {
                guard expiry != MemcachedExpiry.past else { throw error }
                let present: [UInt8]?
                do {
                    present = try await self.value(of: key, as: wire, context, pool, deadline)
                } catch {
                    throw Task.isCancelled ? CancellationError() : error
                }
                // With nothing there, the question has not arrived so far: asking again decides.
                if let present { return present == value }
                isRepeated = true
            }
        }
    }

    /// Deletes a key. False when there was none.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> Bool {
        let pool = try opened(context)
        let wire = try pool.keys.wire(key, context)
        return try await once(context, pool, "delete", key) { client throws(MemcachedFault) in
            try client.delete(wire)
        }
    }

    /// Deletes several keys, one after the other on one connection.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        let pool = try opened(context)
        if keys.isEmpty { return }
        let wires = try keys.map { try pool.keys.wire($0, context) }
        try await once(context, pool, "delete", nil) { client throws(MemcachedFault) in
            for wire in wires {
                try client.checkTime()
                _ = try client.delete(wire)
            }
        }
    }

    /// Replaces the value of a key, and its time to live, if the value is the one expected.
    public func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool {
        let pool = try opened(context)
        return try await replace(context, pool, "compare and set", key, expected, value, expiry(ttl, pool))
    }

    /// Deletes a key if its value is the one expected.
    public func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        // Deleting knows no condition; replacing by what has expired does.
        let pool = try opened(context)
        return try await replace(context, pool, "compare and delete", key, expected, [], MemcachedExpiry.past)
    }

    /// Adds to a counter. A sum beyond 64 bits is an error, and so is a negative amount.
    public func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        let pool = try opened(context)
        let wire = try pool.keys.wire(key, context)
        guard let amount = UInt64(exactly: amount) else {
            throw ApplicationError.badRequest(
                code: "OUT_OF_RANGE", "The counter '\(key)' can't count by \(amount): memcached counts upwards only",
                traceId: context.traceId, details: ["key": .string(key)])
        }
        return try await once(context, pool, "increment", key) { client throws(MemcachedFault) in
            while true {
                try client.checkTime()
                if let sum = try client.increment(wire, by: amount) {
                    if let sum = Int64(exactly: sum) { return sum }
                    // The server has added; what it can do and other stores can't is taken back.
                    _ = try client.decrement(wire, by: amount)
                    throw MemcachedFault(kind: .outOfRange, reason: "the sum passes 64 bits")
                }
                if try client.add(wire, Array(String(amount).utf8), 0), let sum = Int64(exactly: amount) { return sum }
            }
        }
    }

    // MARK: - Internal

    private func opened(_ context: Context) throws -> MemcachedPool { try connection().opened(context) }

    private func expiry(_ ttl: Duration?, _ pool: MemcachedPool) -> Int {
        MemcachedExpiry.number(ttl, now: clock.now, span: pool.options.maxExpiration)
    }

    private func check(
        _ value: [UInt8], _ key: String, _ pool: MemcachedPool, _ context: Context
    ) throws(ApplicationError) {
        guard value.count > pool.options.maxValue else { return }
        throw .badRequest(
            code: "VALUE_TOO_LARGE",
            "The value of '\(key)' has \(value.count) bytes; 'options.max_value' allows \(pool.options.maxValue)",
            traceId: context.traceId, details: ["key": .string(key)])
    }

    /// A call that is made once: after a failure it may have been carried out.
    private func once<Answer: Sendable>(
        _ context: Context, _ pool: MemcachedPool, _ operation: String, _ key: String?, _ deadline: Duration? = nil,
        asking: (@Sendable (any MemcachedClient) -> Void)? = nil,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Answer
    ) async throws -> Answer {
        try await pool.call(
            context, deadline: deadline ?? pool.deadline(context),
            explain: { pool.explain($0, context, operation, key) }, asking: asking, work)
    }

    private func value(
        of key: String, as wire: String, _ context: Context, _ pool: MemcachedPool, _ deadline: Duration? = nil
    ) async throws -> [UInt8]? {
        try await reading(
            context, pool, "get", key, deadline, asking: { $0.ask(wire) },
            work: { client throws(MemcachedFault) in try client.get(wire) })
    }

    /// A call that changes nothing: it is made again when its connection breaks.
    private func reading<Answer: Sendable>(
        _ context: Context, _ pool: MemcachedPool, _ operation: String, _ key: String?, _ deadline: Duration? = nil,
        asking: (@Sendable (any MemcachedClient) -> Void)? = nil,
        work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Answer
    ) async throws -> Answer {
        // All tries together may take as long as one call.
        let deadline = deadline ?? pool.deadline(context)
        var (retry, pause) = (0, Duration.milliseconds(10))
        while true {
            do {
                return try await once(context, pool, operation, key, deadline, asking: asking, work)
            } catch let error as ApplicationError
                where error.code == "CONNECTION_FAILED" && retry < pool.options.retries
            {
                // The first time at once: mostly the server was started anew, and its old connections are gone.
                if retry > 0 {
                    pause = min(pause * 2, .seconds(1))
                    try await clock.sleep(for: pause / 2 + pause / 2048 * random.next(in: 0..<1025))
                }
                retry += 1
            }
        }
    }

    private func replace(
        _ context: Context, _ pool: MemcachedPool, _ operation: String, _ key: String, _ expected: [UInt8],
        _ value: [UInt8], _ expiry: Int
    ) async throws -> Bool {
        let wire = try pool.keys.wire(key, context)
        try check(value, key, pool, context)
        return try await once(context, pool, operation, key) { client throws(MemcachedFault) in
            while true {
                try client.checkTime()
                guard let present = try client.getVersioned(wire), present.value == expected else { return false }
                switch try client.replace(wire, value, expiry, version: present.version) {
                case .done: return true
                case .missing: return false
                case .changed: continue
                }
            }
        }
    }
}
