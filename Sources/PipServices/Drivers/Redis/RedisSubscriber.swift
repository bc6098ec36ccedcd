#if PIP_REDIS
/// The connection shared by the subscriptions of a ``RedisConnection``. It subscribes to each channel once, and again
/// after a reconnect.
final class RedisSubscriber: Sendable {
    private struct State: Sendable {
        var subscriptions: [ObjectIdentifier: RedisSubscription] = [:]
        var isClosed = false
        /// Checks that the server still replies.
        var heartbeat: Task<Void, Never>?
    }

    private let state = Locked(State())
    private let engineSlot = Locked<RedisEngine?>(nil)
    private let options: RedisEngine.Options
    private let clock: any ClockSource
    private let random: any RandomSource
    /// Serializes subscribe and unsubscribe requests, so that the server's state matches the last one.
    private let turns = Bulkhead(limit: 1, maxWaiting: 10_000)

    init(_ options: RedisEngine.Options, clock: any ClockSource, random: any RandomSource) {
        var options = options
        // A replacement connection would have no subscriptions.
        options.maxAge = .zero
        // A call waits for it.
        options.retries = 0
        options.connectTimeout = min(options.connectTimeout, max(options.commandTimeout, .seconds(1)))
        (self.options, self.clock, self.random) = (options, clock, random)
    }

    deinit {
        state.withLock { $0.heartbeat }?.cancel()
        engineSlot.current?.stop()
    }

    /// Subscribes. When it returns, the server sends all messages published from then on.
    func subscribe(_ context: Context, _ channels: [String], _ patterns: [String]) async throws -> RedisSubscription {
        let subscription = RedisSubscription(
            channels: Set(channels.map { ScalarText($0) }), patterns: Set(patterns.map { ScalarText($0) })
        ) { [weak self] in self?.remove($0) }
        let engine = try await openEngine(context)
        let isOpen = state.withLock { state in
            if !state.isClosed { state.subscriptions[ObjectIdentifier(subscription)] = subscription }
            return !state.isClosed
        }
        guard isOpen else { throw RedisFailure.closed.error(context, "SUBSCRIBE") }
        do {
            try await send(context, subscription, on: engine)
        } catch {
            subscription.cancel()
            throw error
        }
        return subscription
    }

    /// Ends all subscriptions and the connection.
    func close() async {
        let (subscriptions, heartbeat) = state.withLock { state in
            state.isClosed = true
            defer { (state.subscriptions, state.heartbeat) = ([:], nil) }
            return (Array(state.subscriptions.values), state.heartbeat)
        }
        heartbeat?.cancel()
        for subscription in subscriptions { subscription.end() }
        await engineSlot.current?.close()
    }

    // MARK: - Internal

    private func openEngine(_ context: Context) async throws -> RedisEngine {
        try await turns.run(Context(traceId: context.traceId), name: "Opening the connection for subscriptions") {
            if let engine = engineSlot.current { return engine }
            let engine = try RedisEngine(
                options, clock: clock, random: random, onPush: { [weak self] in self?.deliver($0) },
                onChange: { [weak self] change in
                    if case .reconnected = change { self?.renew() }
                })
            do {
                try await withTaskCancellationHandler {
                    try await engine.open()
                } onCancel: {
                    engine.stop()
                }
            } catch let error as RedisConnectionError {
                await engine.close()
                try Task.checkCancellation()
                throw RedisFailure.unreachable(error.reason).error(context, "SUBSCRIBE")
            }
            guard !state.withLock({ $0.isClosed }) else {
                await engine.close()
                throw RedisFailure.closed.error(context, "SUBSCRIBE")
            }
            engineSlot.withLock { $0 = engine }
            beginHeartbeat(engine)
            return engine
        }
    }

    /// Without it, the silent loss of an idle connection would go unnoticed.
    private func beginHeartbeat(_ engine: RedisEngine) {
        let (clock, pause) = (clock, min(max(options.commandTimeout, .milliseconds(100)), .seconds(5)))
        let heartbeat = Task.detached { [weak engine] in
            while (try? await clock.sleep(for: pause)) != nil, let engine {
                _ = await engine.call(RedisCommand("PING").bytes, deadline: nil)
            }
        }
        let isClosed = state.withLock { state in
            state.heartbeat = heartbeat
            return state.isClosed
        }
        if isClosed { heartbeat.cancel() }
    }

    private func send(_ context: Context, _ subscription: RedisSubscription, on engine: RedisEngine) async throws {
        for (name, targets) in [("SUBSCRIBE", subscription.channels), ("PSUBSCRIBE", subscription.patterns)] {
            for target in targets {
                let outcome = await engine.call(
                    RedisCommand(name, [target.text], isInternal: true).bytes, deadline: context.deadline)
                switch outcome {
                case .success(let reply): _ = try reply.checked(context, name)
                case .failure(let failure): throw failure.error(context, name)
                }
            }
        }
    }

    /// Subscribes again on a new connection. Called by the engine's thread, which must not wait.
    private func renew() {
        Task.detached { [self] in
            guard let engine = engineSlot.current else { return }
            for subscription in state.withLock({ Array($0.subscriptions.values) }) {
                do {
                    try await send(.empty, subscription, on: engine)
                    subscription.deliver(.interrupted)
                } catch {
                    // If the connection was lost again, the next one renews all. A user who lost the permission to
                    // subscribe only has the loss reported.
                    subscription.deliver(.interrupted)
                }
            }
        }
    }

    private func deliver(_ replies: [RedisReply]) {
        let subscriptions = state.withLock { Array($0.subscriptions.values) }
        for reply in replies {
            guard let parts = reply.array, let channel = parts.dropLast().last?.text, let payload = parts.last?.bytes
            else { continue }
            let isPattern = parts.count == 4
            guard let target = parts[1].text.map({ ScalarText($0) }) else { continue }
            for subscription in subscriptions
            where (isPattern ? subscription.patterns : subscription.channels).contains(target) {
                subscription.deliver(.message(channel: channel, payload: payload))
            }
        }
    }

    /// Unsubscribes from channels that no other subscription uses.
    private func remove(_ subscription: RedisSubscription) {
        let isKnown = state.withLock { $0.subscriptions.removeValue(forKey: ObjectIdentifier(subscription)) != nil }
        guard isKnown, let engine = engineSlot.current else { return }
        Task.detached { [self] in
            for channel in subscription.channels where !isWanted(channel, \.channels) {
                let command = RedisCommand("UNSUBSCRIBE", [channel.text], isInternal: true)
                _ = await engine.call(command.bytes, deadline: nil)
            }
            for pattern in subscription.patterns where !isWanted(pattern, \.patterns) {
                let command = RedisCommand("PUNSUBSCRIBE", [pattern.text], isInternal: true)
                _ = await engine.call(command.bytes, deadline: nil)
            }
            // A subscription made in the meantime may have lost its channel to this.
            let others = state.withLock { state in
                state.subscriptions.values.filter {
                    !$0.channels.isDisjoint(with: subscription.channels)
                        || !$0.patterns.isDisjoint(with: subscription.patterns)
                }
            }
            for other in others { try? await send(.empty, other, on: engine) }
        }
    }

    private func isWanted(_ target: ScalarText, _ targets: KeyPath<RedisSubscription, Set<ScalarText>> & Sendable)
        -> Bool
    {
        state.withLock { $0.subscriptions.values.contains { $0[keyPath: targets].contains(target) } }
    }
}

extension RedisReply {
    /// True for a message of a subscription.
    var isPush: Bool {
        guard case .array(let parts) = self, parts.count == 3 || parts.count == 4, case .bytes(let kind) = parts[0]
        else {
            return false
        }
        return kind.elementsEqual((parts.count == 3 ? "message" : "pmessage").utf8)
    }
}
#endif
