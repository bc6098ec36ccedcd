#if PIP_REDIS
/// Something that carries out Redis' commands: a ``RedisConnection``, or a ``RedisConnector`` that stands on one.
///
/// Commands of concurrent tasks go to the server together, without anybody asking for it. All calls are safe from any
/// task; a task that is cancelled stops waiting, and whether the command is still carried out is then unknown.
///
/// Calls throw NoResponse `NO_CONNECTION` when Redis can't be reached in time, `CONNECTION_LOST` when the connection
/// broke before the answer came, `NO_ANSWER` when none came within `options.command_timeout` or by the context's
/// deadline, `QUEUE_FULL` when too many calls wait already; InvalidState `NOT_OPENED` before it is opened and after it
/// is closed; BadRequest `VALUE_TOO_LARGE` for what Redis can't hold, `NEEDS_OWN_CONNECTION` for a command that blocks or
/// changes the connection; NoResponse `READONLY`, `MASTERDOWN` and `LOADING` for a server that is not the one to ask now.
public protocol RedisExecutor: KeyValueConnector {
    /// Carries out one command.
    /// - Throws: FailedInvocation with the server's word as its code, such as `WRONGTYPE`, when it refuses; as above.
    func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply

    /// Carries out several commands in one trip, in their order; commands of other tasks do not come in between, unless
    /// there are more than fit into one transmission. It is no transaction: what is refused is ``RedisReply/error(_:)``
    /// among the answers, and the others are carried out all the same.
    func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply]

    /// Carries out several commands as a transaction (`MULTI` and `EXEC`): all or none of them, and no others in between.
    ///
    /// - Returns: the replies, one for each command. A command that fails when it is carried out does not undo the others:
    ///   its reply is ``RedisReply/error(_:)``.
    /// - Throws: as ``execute(_:_:)``, also if the server refuses one of the commands beforehand.
    func transaction(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply]

    /// Runs `body` with a connection of its own, which is closed when `body` ends.
    ///
    /// At most `options.max_sessions` exist at a time; further calls wait, until the context's deadline.
    /// - Throws: as ``execute(_:_:)``; what `body` throws.
    func withSession<Result: Sendable>(
        _ context: Context, _ body: @Sendable (RedisSession) async throws -> Result
    ) async throws -> Result

    /// Subscribes to channels, and to patterns of channels. When it returns, the server sends what is published from then
    /// on. All subscriptions share one connection, which is made again if it breaks.
    /// - Throws: as ``execute(_:_:)``.
    func subscribe(
        _ context: Context, channels: [String], patterns: [String]
    ) async throws -> RedisSubscription
}

extension RedisExecutor {
    /// The keys of the database.
    /// - Parameters:
    ///   - match: a pattern with `*` and `?`; nil for all keys.
    ///   - count: about how many keys each request reads.
    public func scan(_ context: Context, match: String? = nil, count: Int = 1000) -> RedisScan {
        RedisScan(executor: self, context: context, pattern: match, count: max(1, count))
    }

    /// Sends a message to those who subscribe to a channel.
    /// - Returns: how many of them the server has sent it to.
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
            // It was not run, so that running it now does not do it twice.
            return try await execute(context, RedisCommand("EVAL", bytes: [Array(script.source.utf8)] + rest))
        }
    }

    /// Redis keeps what it is given, unless it is configured to drop values, and counts below zero.
    public var capabilities: KeyValueCapabilities { [.durable, .signedCounters] }
    /// One millisecond.
    public var ttlResolution: Duration { .milliseconds(1) }

    /// The value of a key; nil when there is none.
    public func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        let reply = try await execute(context, RedisCommand("GET", key))
        if case .bytes(let bytes) = reply { return bytes }
        return nil
    }

    /// The values of several keys; missing ones are left out, and so are keys that hold something else than a value.
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

    /// Sets the values of several keys in one trip. When it fails, some of them may be set.
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
    /// When the connection breaks before the answer comes, the key is read: a value equal to this one counts as this one,
    /// which is certain for values that no other caller uses, such as the tokens of locks.
    public func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        let command: RedisCommand
        switch RedisExpiry(ttl) {
        // EXISTS tells how many there are.
        case .gone: return try await execute(context, RedisCommand("EXISTS", key)) == .integer(0)
        case .never: command = RedisCommand("SET", key, value, ["NX"])
        case .after(let milliseconds): command = RedisCommand("SET", key, value, ["PX", milliseconds, "NX"])
        }
        do {
            // SET answers with nothing when it has set nothing.
            return try await execute(context, command) == .status("OK")
        } catch let error as ApplicationError where error.code == "CONNECTION_LOST" {
            // With nothing there it is not certain that it was never there.
            guard let present = try? await get(context, key) else { throw error }
            return present == value
        }
    }

    /// Deletes a key.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> Bool {
        try await execute(context, RedisCommand("DEL", key)) != .integer(0)
    }

    /// Deletes several keys in one trip. When it fails, some of them may be deleted.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        let commands = keys.parts(of: RedisLimits.keysAtOnce).map { RedisCommand("DEL", Array($0)) }
        for reply in try await pipeline(context, commands) { _ = try reply.checked(context, "DEL") }
    }

    /// Replaces the value of a key, and its time to live, if the value is the one expected.
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

    /// Deletes a key if its value is the one expected.
    public func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        try await run(context, RedisLimits.compareAndDelete, keys: [key], arguments: [expected]) == .integer(1)
    }

    /// Adds to a counter.
    public func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        let reply: RedisReply
        do {
            reply = try await execute(context, RedisCommand("INCRBY", key, String(amount)))
        } catch let error as ApplicationError where error.code == "ERR" {
            // Redis has no words of their own for these two.
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

/// How Redis is told when a value ends.
enum RedisExpiry: Equatable {
    case gone
    case never
    /// A number of milliseconds.
    case after(String)

    /// Rounds up, so that no value ends before its time. More than a hundred years is for ever.
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
    /// Redis does nothing else while it carries out a command: one with very many keys keeps all others waiting.
    static let keysAtOnce = 1000
    /// What Redis takes as one argument, by its own default.
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
    /// The elements in parts of at most `size`.
    fileprivate func parts(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
#endif
