#if PIP_REDIS
/// Executes Redis commands: a ``RedisConnection``, or a ``RedisConnector`` that uses one.
///
/// Commands of concurrent tasks are pipelined automatically. All calls are safe from any task. A cancelled task stops
/// waiting; whether its command is executed is then unknown.
///
/// Calls throw NoResponse `NO_CONNECTION` if Redis can't be reached in time, `CONNECTION_LOST` if the connection broke
/// before the reply, `NO_ANSWER` if there is no reply within `options.command_timeout` or the context's deadline, and
/// `QUEUE_FULL` if too many calls are waiting; InvalidState `NOT_OPENED` while it is not open; BadRequest
/// `VALUE_TOO_LARGE` for a value over Redis' limit, `NEEDS_OWN_CONNECTION` for a command that blocks or changes the
/// connection; NoResponse `READONLY`, `MASTERDOWN` and `LOADING` for a server that currently can't serve the command.
public protocol RedisExecutor: KeyValueConnector {
    /// Executes a command.
    /// - Throws: FailedInvocation with Redis' error code, such as `WRONGTYPE`, if the server refuses it; the errors
    ///   above.
    func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply

    /// Executes several commands in order, in one round trip. Commands of other tasks do not come in between, unless
    /// there are too many for one transmission. It is not a transaction: a refused command has the reply
    /// ``RedisReply/error(_:)``, and the others are still executed.
    func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply]

    /// Executes several commands as a transaction (`MULTI` and `EXEC`): all or none, without others in between.
    ///
    /// - Returns: one reply per command. A command that fails during execution does not undo the others: its reply is
    ///   ``RedisReply/error(_:)``.
    /// - Throws: as ``execute(_:_:)``, also if the server rejects a command before execution.
    func transaction(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply]

    /// Runs `body` with a dedicated connection, which is closed afterwards.
    ///
    /// There are at most `options.max_sessions` at a time; further calls wait until the context's deadline.
    /// - Throws: as ``execute(_:_:)``; errors of `body`.
    func withSession<Result: Sendable>(
        _ context: Context, _ body: @Sendable (RedisSession) async throws -> Result
    ) async throws -> Result

    /// Subscribes to channels and channel patterns. When it returns, the server sends all messages published from then
    /// on. All subscriptions share one connection, which is re-established if it breaks.
    /// - Throws: as ``execute(_:_:)``.
    func subscribe(
        _ context: Context, channels: [String], patterns: [String]
    ) async throws -> RedisSubscription
}

extension RedisExecutor {
    /// The keys of the database as a sequence.
    /// - Parameters:
    ///   - match: a pattern with `*` and `?`; nil for all keys.
    ///   - count: the approximate number of keys per request.
    public func scan(_ context: Context, match: String? = nil, count: Int = 1000) -> RedisScan {
        RedisScan(executor: self, context: context, pattern: match, count: max(1, count))
    }

    /// Publishes a message on a channel.
    /// - Returns: the number of subscribers that received it.
    @discardableResult
    public func publish(_ context: Context, _ channel: String, _ payload: [UInt8]) async throws -> Int {
        let reply = try await execute(context, RedisCommand("PUBLISH", channel, payload))
        return reply.integer.map { Int($0) } ?? 0
    }

    /// Runs a Lua script by its digest.
    /// - Throws: as ``execute(_:_:)``.
    public func run(
        _ context: Context, _ script: RedisScript, keys: [String], arguments: [[UInt8]] = []
    ) async throws -> RedisReply {
        let digest = try await digest(context, script)
        let rest = [Array(String(keys.count).utf8)] + keys.map { Array($0.utf8) } + arguments
        do {
            return try await execute(context, RedisCommand("EVALSHA", bytes: [Array(digest.utf8)] + rest))
        } catch let error as ApplicationError where error.code == "NOSCRIPT" {
            // It was not executed, so executing it now is not a repetition.
            return try await execute(context, RedisCommand("EVAL", bytes: [Array(script.source.utf8)] + rest))
        }
    }

    /// Values are durable, unless Redis is configured to evict them; counters can be negative.
    public var capabilities: KeyValueCapabilities { [.durable, .signedCounters] }
    /// One millisecond.
    public var ttlResolution: Duration { .milliseconds(1) }

    /// Returns the value of a key; nil if it is missing.
    public func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        let reply = try await execute(context, RedisCommand("GET", key))
        if case .bytes(let bytes) = reply { return bytes }
        return nil
    }

    /// Returns the values of several keys. Missing keys, and keys of other Redis types, are omitted.
    public func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues {
        let parts = keys.parts(of: RedisLimits.keysAtOnce)
        let replies = try await pipeline(context, parts.map { RedisCommand("MGET", Array($0)) })
        var values = KeyValues()
        for (keys, reply) in zip(parts, replies) {
            for (key, reply) in zip(keys, try reply.checked(context, "MGET").array ?? []) {
                if case .bytes(let bytes) = reply { values[key] = bytes }
            }
        }
        return values
    }

    /// Sets the value of a key.
    public func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
        switch RedisExpiry(ttl) {
        case .gone: try await delete(context, key)
        case .never: _ = try await execute(context, RedisCommand("SET", key, value))
        case .after(let milliseconds):
            _ = try await execute(context, RedisCommand("SET", key, value, ["PX", milliseconds]))
        }
    }

    /// Sets the values of several keys in one round trip. After an error, some of them may be set.
    public func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws {
        let commands =
            switch RedisExpiry(ttl) {
            case .gone: values.keys.map { RedisCommand("DEL", $0) }
            case .never: values.map { RedisCommand("SET", $0, $1) }
            case .after(let milliseconds): values.map { RedisCommand("SET", $0, $1, ["PX", milliseconds]) }
            }
        for reply in try await pipeline(context, commands) { _ = try reply.checked(context, "SET") }
    }

    /// Sets the value of a key that has none.
    ///
    /// If the connection breaks before the reply, the key is read back, and an equal value counts as added. This is
    /// reliable for unique values, such as the tokens of locks.
    public func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        let command: RedisCommand
        switch RedisExpiry(ttl) {
        // EXISTS returns the number of existing keys.
        case .gone: return try await execute(context, RedisCommand("EXISTS", key)) == .integer(0)
        case .never: command = RedisCommand("SET", key, value, ["NX"])
        case .after(let milliseconds): command = RedisCommand("SET", key, value, ["PX", milliseconds, "NX"])
        }
        do {
            // SET returns null if it did not set the value.
            return try await execute(context, command) == .status("OK")
        } catch let error as ApplicationError where error.code == "CONNECTION_LOST" {
            // A missing value does not prove that it was never set.
            guard let present = try? await get(context, key) else { throw error }
            return present == value
        }
    }

    /// Deletes a key.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> Bool {
        try await execute(context, RedisCommand("DEL", key)) != .integer(0)
    }

    /// Deletes several keys in one round trip. After an error, some of them may be deleted.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        let commands = keys.parts(of: RedisLimits.keysAtOnce).map { RedisCommand("DEL", Array($0)) }
        for reply in try await pipeline(context, commands) { _ = try reply.checked(context, "DEL") }
    }

    /// Replaces the value and time to live of a key if the current value is the expected one.
    public func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool {
        var arguments = [expected, value]
        switch RedisExpiry(ttl) {
        case .gone: return try await compareAndDelete(context, key, expected: expected)
        case .never: break
        case .after(let milliseconds): arguments.append(Array(milliseconds.utf8))
        }
        return try await run(context, RedisLimits.compareAndSet, keys: [key], arguments: arguments) == .integer(1)
    }

    /// Deletes a key if its current value is the expected one.
    public func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        try await run(context, RedisLimits.compareAndDelete, keys: [key], arguments: [expected]) == .integer(1)
    }

    /// Adds to a counter.
    public func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        let reply: RedisReply
        do {
            reply = try await execute(context, RedisCommand("INCRBY", key, String(amount)))
        } catch let error as ApplicationError where error.code == "ERR" {
            // Redis has no error codes for these two cases.
            let isRange = error.message.contains(text: "overflow")
            guard isRange || error.message.contains(text: "not an integer") else { throw error }
            throw ApplicationError.badRequest(
                code: isRange ? "OUT_OF_RANGE" : "NOT_A_NUMBER",
                isRange ? "The counter '\(key)' would pass 64 bits" : "The value of '\(key)' is no whole number",
                traceId: context.traceId, details: ["key": .string(key)], cause: error)
        }
        guard case .integer(let sum) = reply else { throw RedisFailure.strange.error(context, "INCRBY") }
        return sum
    }

    // MARK: - Internal

    private func digest(_ context: Context, _ script: RedisScript) async throws -> String {
        if let digest = script.digest { return digest }
        let reply = try await execute(context, RedisCommand("SCRIPT", "LOAD", script.source))
        guard let digest = reply.text else { throw RedisFailure.strange.error(context, "SCRIPT") }
        script.digest = digest
        return digest
    }
}

// MARK: - Internal

/// The expiration option of a command.
enum RedisExpiry: Equatable {
    case gone
    case never
    /// A number of milliseconds.
    case after(String)

    /// Rounds up, so that no value expires early. More than a hundred years means no expiration.
    init(_ ttl: Duration?) {
        guard let ttl, ttl < .seconds(3_200_000_000) else {
            self = .never
            return
        }
        let (seconds, attoseconds) = ttl.components
        let part: Int64 = 1_000_000_000_000_000
        self = ttl > .zero ? .after(String(seconds * 1000 + (attoseconds + part - 1) / part)) : .gone
    }
}

enum RedisLimits {
    /// Redis executes commands one by one: a command with very many keys would block all others.
    static let keysAtOnce = 1000
    /// Redis' default limit for an argument, in bytes.
    static let valueSize = 512 << 20

    static let compareAndSet = RedisScript(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        if ARGV[3] then
            redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        else
            redis.call('SET', KEYS[1], ARGV[2])
        end
        return 1
        """)
    static let compareAndDelete = RedisScript(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        return 1
        """)
}

extension Array {
    /// Splits the elements into slices of at most `size`.
    fileprivate func parts(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
#endif
