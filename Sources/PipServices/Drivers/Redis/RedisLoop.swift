#if PIP_REDIS
/// The thread of a ``RedisEngine`` and the only user of its socket. It sends queued commands, distributes replies,
/// times out calls and reconnects.
final class RedisLoop {
    private let engine: RedisEngine
    /// Nil while there is no connection.
    private var transport: RedisTransport?
    private var reconnector: RedisReconnector
    /// A new connection that replaces the current one when no reply is outstanding.
    private var replacement: RedisLink?
    /// Why the connection is closed when no reply is outstanding: the server has become a replica.
    private var drainReason: String?
    /// True after that, until a primary is found.
    private var needsPrimary = false
    private var notedBytes = 0
    /// When the current connection reaches its maximum age.
    private var ageTime = Int64.max
    /// The server of the current connection.
    private var address = RedisAddress()
    /// The next time to check with the sentinels that the server is still the master.
    private var checkTime = Int64.max
    private var isChecking = false
    private var replies: [RedisReply] = []
    private var answered: [RedisCalls<RedisEngine.Waiter>.Answered] = []

    /// The size in bytes above which queued commands are sent in several parts.
    private static let sendSize = 256 << 10
    /// The maximum number of reads per iteration.
    private static let readsPerTurn = 16

    init(_ engine: RedisEngine) {
        self.engine = engine
        reconnector = RedisReconnector(
            longestPause: engine.options.sentinel == nil ? 3000 : 500, isRepeated: engine.options.reconnects)
    }

    /// Runs until the engine is stopped.
    func run() {
        while turn() {}
        end()
    }

    // MARK: - Internal

    /// The work of an iteration, decided under the lock.
    private struct Plan {
        var isClosing = false
        var dialed: Result<RedisLink, RedisConnectionError>?
        var checked: Result<RedisLink?, RedisConnectionError>?
        var expired: [(waiter: RedisEngine.Waiter, isSent: Bool)] = []
        var isDead = false
        /// The calls waiting for a server that is down.
        var refused: [RedisEngine.Waiter] = []
        /// No reply is outstanding and there is a replacement.
        var mustReplace = false
        /// No reply is outstanding and the connection must not be used any more.
        var isDrained = false
        /// No work: the thread waits until a call wakes it.
        var isIdle = false
        var reason = ""
        /// When the thread must wake up to time out a call or to connect.
        var wakeTime = Int64.max
    }

    /// Does the pending work, or waits if there is none.
    /// - Returns: false if the engine is closing.
    private func turn() -> Bool {
        let now = engine.uptime
        if transport == nil, let link = replacement {
            replacement = nil
            connect(.success(link), at: now)
        }
        if transport == nil || now >= ageTime && replacement == nil, now >= reconnector.dueTime { dial() }
        if transport != nil, now >= checkTime, !isChecking { check() }
        let plan = plan(at: now)
        if plan.isClosing { return false }
        for (waiter, isSent) in plan.expired {
            let unsent = transport == nil ? RedisFailure.unreachable(plan.reason) : .notSent
            waiter.resume(returning: .failure(isSent ? .noAnswer : unsent))
        }
        if let dialed = plan.dialed { connect(dialed, at: now) }
        if let checked = plan.checked { follow(checked, at: now) }
        for waiter in plan.refused { waiter.resume(returning: .failure(.unreachable(plan.reason))) }
        if plan.isDead { disconnect("the server does not answer", isSilent: true, at: now) }
        if plan.mustReplace { replace(at: now) }
        if plan.isDrained, let reason = drainReason { disconnect(reason, at: now) }
        if plan.isIdle { wait(until: plan.wakeTime, now) } else { send(at: now) }
        return true
    }

    private func plan(at now: Int64) -> Plan {
        engine.state.withLock { state -> Plan in
            state.isAsleep = false
            var plan = Plan(isClosing: state.isClosing, dialed: state.dialed, reason: state.reason)
            if plan.isClosing { return plan }
            state.dialed = nil
            (plan.checked, state.checked) = (state.checked, nil)
            (plan.expired, plan.isDead) = state.calls.expire(at: now)
            if plan.isDead || plan.dialed != nil || plan.checked != nil { return plan }
            if let transport {
                if transport.hasSentPart { state.calls.confirm() }
                if transport.isSent {
                    if state.calls.sentCount == 0 {
                        state.calls.noteActivity(at: now)
                        plan.isDrained = drainReason != nil
                        plan.mustReplace = replacement != nil && !plan.isDrained
                    }
                    // A connection that is about to be replaced only finishes its calls.
                    if replacement == nil, drainReason == nil {
                        transport.load { state.calls.take(into: &$0, upTo: Self.sendSize) }
                    }
                }
                plan.isIdle =
                    (transport.isSent || transport.isBlocked) && !plan.mustReplace
                    && !plan.isDrained
            } else {
                plan.isIdle = true
                if state.isDown(at: now) { plan.refused = state.calls.removeAll() }
            }
            state.isAsleep = plan.isIdle
            plan.wakeTime = min(state.calls.nextTimeout, nextConnection)
            if !state.calls.isEmpty, transport == nil { plan.wakeTime = min(plan.wakeTime, state.downTime) }
            return plan
        }
    }

    /// When the next connection attempt is due.
    private var nextConnection: Int64 {
        if transport == nil { return reconnector.dueTime }
        let age = replacement == nil ? max(ageTime, reconnector.dueTime) : .max
        return isChecking ? age : min(age, checkTime)
    }

    private func wait(until end: Int64, _ now: Int64) {
        // An overflowing sum is a time that never comes.
        let (left, overflows) = end.subtractingReportingOverflow(now)
        let (isReadable, isWritable) = RedisSocket.wait(
            for: engine.wakeup, transport?.socket, isSending: transport?.isBlocked ?? false,
            nanoseconds: overflows ? .max : left)
        if isWritable { transport?.unblock() }
        if isReadable { receive() }
    }

    // MARK: Sending and receiving

    private func send(at now: Int64) {
        do throws(RedisConnectionError) {
            guard let transport else { return }
            // Bytes buffered by the system say nothing about the server; room for more bytes does.
            let isContinued = transport.hasSentPart && !transport.isSent
            try transport.send()
            if isContinued { noteBytes(at: now) } else { notedBytes = transport.transferred }
        } catch {
            disconnect(error.reason, at: now)
        }
    }

    private func receive() {
        do throws(RedisConnectionError) {
            for _ in 0..<Self.readsPerTurn {
                guard let transport else { return }
                let mayHaveMore = try transport.receive(&replies)
                if replies.isEmpty { noteBytes(at: engine.uptime) }
                try deliver()
                if !mayHaveMore { return }
            }
        } catch {
            // The replies before the failure are valid.
            try? deliver()
            disconnect(error.reason, at: engine.uptime)
        }
    }

    /// Records activity without a complete reply.
    private func noteBytes(at now: Int64) {
        guard let transport, transport.transferred != notedBytes else { return }
        let count = transport.transferred &- notedBytes
        notedBytes = transport.transferred
        engine.state.withLock { $0.calls.noteBytes(count, at: now) }
    }

    /// Distributes the replies to their calls.
    private func deliver() throws(RedisConnectionError) {
        guard !replies.isEmpty else { return }
        if let transport { notedBytes = transport.transferred }
        if let onPush = engine.onPush {
            let pushed = replies.filter(\.isPush)
            replies.removeAll(where: \.isPush)
            if !pushed.isEmpty { onPush(pushed) }
        }
        // The back-off continues while the servers found accept no writes.
        if let refusal = replies.first(where: \.deniesWriting) {
            drainReason = drainReason ?? "the server accepts no writes: \(refusal.errorCode ?? "READONLY")"
            needsPrimary = true
        } else {
            reconnector.noteReply()
        }
        let now = engine.uptime
        let areAwaited = engine.state.withLock { state in
            state.calls.noteActivity(at: now)
            // The thread is about to send the calls queued below.
            state.isAsleep = false
            return replies.allSatisfy { state.calls.answer($0, &answered) }
        }
        replies.removeAll(keepingCapacity: true)
        for call in answered { call.waiter.resume(returning: .success(call.reply)) }
        answered.removeAll(keepingCapacity: true)
        if !areAwaited { throw RedisConnectionError(reason: "the server sent a reply that no call awaits") }
    }

    // MARK: Connecting

    /// Starts a connection attempt on another thread: resolving a host can block longer than calls may wait.
    private func dial() {
        let (engine, timeout, needsPrimary) = (engine, reconnector.timeout(engine.options), needsPrimary)
        reconnector.start()
        do {
            try OwnThread.start {
                let result: Result<RedisLink, RedisConnectionError>
                do throws(RedisConnectionError) {
                    result = .success(
                        try RedisDialer.dial(engine.options, timeout: timeout, needsPrimary: needsPrimary))
                } catch {
                    result = .failure(error)
                }
                engine.finishDialing(result)
            }
        } catch {
            engine.finishDialing(.failure(RedisConnectionError(reason: error.message)))
        }
    }

    private func connect(_ dialed: Result<RedisLink, RedisConnectionError>, at now: Int64) {
        if transport != nil {
            // A replacement for an old connection. If it fails, the old one stays in use.
            replacement = try? dialed.get()
            reconnector.end(isConnected: replacement != nil, at: now, random: engine.random)
            return
        }
        let result: Result<Void, RedisConnectionError>
        do throws(RedisConnectionError) {
            let link = try dialed.get()
            transport = try RedisTransport(link)
            address = link.address
            result = .success(())
        } catch {
            result = .failure(error)
        }
        reconnector.end(isConnected: transport != nil, at: now, random: engine.random)
        let attempts = reconnector.attempts
        let (openers, isBack) = engine.state.withLock { state -> ([CheckedContinuation<Void, any Error>], Bool) in
            let isBack = transport != nil && state.downTime != .max
            switch result {
            case .success: (state.phase, state.downTime) = (.connected, .max)
            case .failure(let error):
                state.reason = error.reason
                // Calls need not wait for an attempt that cannot succeed, such as a login with an old password.
                if error.isFinal { state.downTime = min(state.downTime, now) }
                guard error.isFinal || attempts > engine.options.retries else { return ([], false) }
            }
            defer { state.openers = [] }
            return (state.openers, isBack)
        }
        if transport != nil { begin(at: now) }
        if isBack { engine.onChange(.reconnected) }
        for opener in openers { opener.resume(with: result) }
    }

    /// Switches to the replacement. The current connection has no outstanding reply.
    private func replace(at now: Int64) {
        guard let link = replacement else { return }
        replacement = nil
        guard let new = try? RedisTransport(link) else { return }
        (transport, address) = (new, link.address)
        begin(at: now)
        engine.onChange(.reconnected)
    }

    /// Starts using a connection.
    private func begin(at now: Int64) {
        (drainReason, needsPrimary, notedBytes) = (nil, false, 0)
        let limit = engine.options.maxAge
        ageTime = limit > .zero ? now.adding(limit.inNanoseconds) : .max
        // At once: the sentinel that named the server may be isolated.
        checkTime = isFollowing ? now : .max
    }

    // MARK: Following the master

    private var isFollowing: Bool {
        let options = engine.options
        return options.sentinel != nil && options.reconnects && options.sentinelInterval > .zero
    }

    /// Asks the sentinels, on another thread, whether the server is still the master. Writes to an old master that only
    /// the sentinels cannot reach would be lost.
    private func check() {
        let (engine, address, timeout) = (engine, address, reconnector.timeout(engine.options))
        isChecking = true
        do {
            try OwnThread.start {
                let result: Result<RedisLink?, RedisConnectionError>
                do throws(RedisConnectionError) {
                    result = .success(try RedisDialer.successor(of: address, engine.options, timeout: timeout))
                } catch {
                    result = .failure(error)
                }
                engine.finishChecking(result)
            }
        } catch {
            engine.finishChecking(.failure(RedisConnectionError(reason: error.message)))
        }
    }

    /// Switches to the connection to another master. Without a result, the current one stays in use.
    private func follow(_ checked: Result<RedisLink?, RedisConnectionError>, at now: Int64) {
        isChecking = false
        checkTime = now.adding(engine.options.sentinelInterval.inNanoseconds)
        if transport != nil, case .success(let link?) = checked { replacement = link }
    }

    /// Closes the connection. Sent calls fail; the others wait for the next connection.
    /// - Parameter isSilent: true if the server did not reply in time, so that it is considered down at once.
    private func disconnect(_ reason: String, isSilent: Bool = false, at now: Int64) {
        guard let transport else { return }
        let grace = engine.options.downAfter
        let (lost, isClosing) = engine.state.withLock { state in
            (state.phase, state.reason) = (.disconnected, reason)
            // One less than the maximum: the connection is lost, but the server is never considered down.
            let end = grace > .zero ? now.adding(grace.inNanoseconds) : .max
            let isDown = isSilent && grace > .zero || !engine.options.reconnects
            state.downTime = min(isDown ? now : end, .max - 1)
            // Completely unsent calls go out on the next connection.
            if transport.hasSentPart { state.calls.confirm() } else { state.calls.takeBack() }
            return (state.calls.loseSent(), state.isClosing)
        }
        self.transport = nil
        reconnector.noteLoss(at: now)
        for waiter in lost { waiter.resume(returning: .failure(.lost(reason))) }
        if !isClosing { engine.onChange(.lost(reason)) }
    }

    private func end() {
        disconnect("it is being closed", at: engine.uptime)
        let (left, openers, closers) = engine.state.withLock { state in
            (state.phase, state.dialed, state.checked) = (.stopped, nil, nil)
            defer { (state.openers, state.closers) = ([], []) }
            return (state.calls.removeAll(), state.openers, state.closers)
        }
        for waiter in left { waiter.resume(returning: .failure(.closed)) }
        for opener in openers {
            opener.resume(throwing: RedisConnectionError(reason: "the connection is being closed", isFinal: true))
        }
        for closer in closers { closer.resume() }
    }
}
#endif
