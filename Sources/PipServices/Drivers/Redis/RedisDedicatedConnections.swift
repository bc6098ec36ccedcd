#if PIP_REDIS
/// The dedicated connections of a ``RedisConnection``: one per session, and one for subscriptions.
final class RedisDedicatedConnections: Sendable {
    private struct State: Sendable {
        var sessions: [ObjectIdentifier: RedisEngine] = [:]
        var isClosed = false
    }

    private let options: RedisEngine.Options
    private let clock: any ClockSource
    private let random: any RandomSource
    private let places: Bulkhead
    private let state = Locked(State())
    private let subscriber: RedisSubscriber

    init(_ options: RedisEngine.Options, maxSessions: Int, clock: any ClockSource, random: any RandomSource) {
        subscriber = RedisSubscriber(options, clock: clock, random: random)
        var options = options
        (options.reconnects, options.retries, options.maxAge) = (false, 0, .zero)
        // A call waits for it.
        options.connectTimeout = min(options.connectTimeout, max(options.commandTimeout, .seconds(1)))
        (self.options, self.clock, self.random) = (options, clock, random)
        places = Bulkhead(limit: maxSessions, maxWaiting: options.maxQueue, clock: clock)
    }

    func withSession<Result: Sendable>(
        _ context: Context, _ body: @Sendable (RedisSession) async throws -> Result
    ) async throws -> Result {
        try await places.run(context, name: "A session of Redis") {
            let engine = try RedisEngine(options, clock: clock, random: random)
            let isOpen = state.withLock { state in
                if !state.isClosed { state.sessions[ObjectIdentifier(engine)] = engine }
                return !state.isClosed
            }
            guard isOpen else { throw RedisFailure.closed.error(context, "A session") }
            do {
                try await withTaskCancellationHandler {
                    try await engine.open()
                } onCancel: {
                    engine.stop()
                }
                let result = try await body(RedisSession(engine))
                await end(engine)
                return result
            } catch {
                await end(engine)
                guard let failure = error as? RedisConnectionError else { throw error }
                try Task.checkCancellation()
                throw RedisFailure.unreachable(failure.reason).error(context, "A session")
            }
        }
    }

    func subscribe(_ context: Context, _ channels: [String], _ patterns: [String]) async throws -> RedisSubscription {
        try await subscriber.subscribe(context, channels, patterns)
    }

    func close() async {
        let sessions = state.withLock { state in
            state.isClosed = true
            return Array(state.sessions.values)
        }
        for session in sessions { await session.close() }
        await subscriber.close()
    }

    // MARK: - Internal

    private func end(_ engine: RedisEngine) async {
        _ = state.withLock { $0.sessions.removeValue(forKey: ObjectIdentifier(engine)) }
        await engine.close()
    }
}
#endif
