#if PIP_MQTT
import Glibc

/// The thread of an ``MQTTEngine`` and the only user of libmosquitto. It connects, sends, receives, times out calls and
/// reconnects.
final class MQTTLoop {
    private let engine: MQTTEngine
    private let options: MQTTClientOptions
    /// Nil while there is no connection or connection attempt.
    private var handle: MQTTHandle?
    /// True after the broker accepted the connection.
    private var isConnected = false
    private var hasConnected = false
    private var isResolving = false
    /// The addresses left to try, and the failures of the others.
    private var addresses: [String] = []
    private var attempts: [String] = []
    private var failure = MQTTConnectionError(reason: "it was not tried")
    private var reconnector: MQTTReconnector
    /// The deadline for trying all addresses.
    private var attemptEnd = Duration.never
    /// The deadline for the current address.
    private var connectEnd = Duration.never
    private var maxPacketSize = 0
    /// When the broker last sent data, or when a call started waiting for it.
    private var lastAnswer = Duration.zero
    /// When the connection's timers are checked next.
    private var nextCheck = Duration.zero
    /// True while reading is stopped because too much is buffered.
    private var isPaused = false
    /// True if data may be available that `poll` does not report.
    private var mustRead = false
    /// When messages without a subscription are dropped.
    private var claimEnd = Duration.never
    private var hasLoggedUnclaimed = false
    private var reads = 0

    /// The number of messages sent before the thread receives again.
    private static let batch = 100
    /// The number of packets read before the thread sends again.
    private static let readsPerTurn = 64
    /// How long messages of a persistent session wait for a listener after a connection was established.
    private static let claimTime = Duration.seconds(30)
    /// How long closing waits for the last packets to be sent.
    private static let closeTime = Duration.seconds(1)

    init(_ engine: MQTTEngine) {
        self.engine = engine
        options = engine.options
        reconnector = MQTTReconnector(delay: options.reconnectDelay, maxDelay: options.maxReconnectDelay)
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
        var resolved: Result<[String], MQTTConnectionError>?
        var expired: [(waiter: MQTTState.Waiter, failure: MQTTFailure)] = []
        var removed: [MQTTListener] = []
        var messages: [(id: UInt64, message: MQTTMessage)] = []
        var requests: [MQTTSubscriptions<MQTTListener, MQTTState.Waiter>.Request] = []
        var isFull = false
        var isWaiting = false
        var hasUnclaimed = false
        var wakeTime = Duration.never
    }

    private func turn() -> Bool {
        let now = engine.clock.uptime
        if handle == nil, !isResolving, now >= reconnector.dueTime { resolve(at: now) }
        let plan = plan(at: now)
        if plan.isClosing { return false }
        for (waiter, failure) in plan.expired { waiter.resume(returning: .failure(failure)) }
        for listener in plan.removed { listener.remove() }
        if let resolved = plan.resolved {
            isResolving = false
            start(resolved, at: now)
        }
        send(plan, at: now)
        check(plan, at: now)
        wait(plan, at: now)
        return true
    }

    private func plan(at now: Duration) -> Plan {
        let canSend = isConnected && handle?.wantsWrite == false
        return engine.state.withLock { state -> Plan in
            state.isAsleep = false
            var plan = Plan(isClosing: state.isClosing, resolved: state.resolved)
            if plan.isClosing { return plan }
            state.resolved = nil
            let reason = state.reason
            plan.expired = state.outbox.expire(at: now).map { waiter, wasSent in
                (waiter, wasSent ? .noAnswer : isConnected ? .notSent : .unreachable(reason))
            }
            for (waiter, listener) in state.subscriptions.expire(at: now, keepsSubscription: !options.isClean) {
                plan.expired.append((waiter, isConnected ? .noAnswer : .unreachable(reason)))
                if let listener { plan.removed.append(listener) }
            }
            if canSend {
                plan.requests = state.subscriptions.takeRequests()
                plan.messages = state.outbox.take(
                    min(Self.batch, max(0, options.maxInFlight - state.outbox.inFlightCount)))
            }
            plan.isFull = state.isFull
            plan.isWaiting = state.isWaiting
            plan.hasUnclaimed = !state.unclaimed.isEmpty
            plan.wakeTime = min(state.outbox.nextDeadline, state.subscriptions.nextDeadline)
            state.isAsleep = plan.messages.isEmpty && plan.requests.isEmpty && plan.resolved == nil
            if !state.isAsleep { plan.wakeTime = now }
            return plan
        }
    }

    // MARK: Connecting

    /// Starts a connection attempt: resolves the host on another thread, within the time limit of the attempt.
    private func resolve(at now: Duration) {
        let (engine, address) = (engine, options.address)
        // After the first connection, calls wait for the next one.
        let time = hasConnected ? min(options.connectTimeout, .seconds(10)) : options.connectTimeout
        attemptEnd = now.adding(timeout: time)
        isResolving = true
        do {
            try OwnThread.start {
                let result: Result<[String], MQTTConnectionError>
                do throws(HostFailure) {
                    let found = try engine.resolver.addresses(of: address.host, port: address.port, within: time)
                    result = .success(found.compactMap(\.text))
                } catch {
                    let reason = "'\(address.host)' can't be resolved: \(error.reason)"
                    result = .failure(MQTTConnectionError(reason: reason))
                }
                engine.finishResolving(result)
            }
        } catch {
            engine.finishResolving(.failure(MQTTConnectionError(reason: error.message)))
        }
    }

    private func start(_ resolved: Result<[String], MQTTConnectionError>, at now: Duration) {
        attempts = []
        failure = MQTTConnectionError(reason: "'\(options.address.host)' has no address")
        switch resolved {
        case .failure(let error):
            failure = error
            giveUp(at: now)
        case .success(let found):
            addresses = found
            connectNext(at: now)
        }
    }

    /// Connects to the next address. Each gets an equal share of the remaining time.
    private func connectNext(at now: Duration) {
        while let address = addresses.first {
            connectEnd = now + max(attemptEnd - now, .zero) / addresses.count
            addresses.removeFirst()
            attempts.append("\(ConnectionURI.bracketed(address)):\(options.address.port)")
            do throws(MQTTConnectionError) {
                let handle = try MQTTHandle(options)
                try handle.connect(to: address)
                self.handle = handle
                return
            } catch {
                failure = error
                if error.isFinal { break }
            }
        }
        giveUp(at: now)
    }

    /// Ends an attempt after all addresses have failed.
    private func giveUp(at now: Duration) {
        addresses = []
        let place = attempts.isEmpty ? "" : " (tried \(attempts.joined(separator: ", ")))"
        let error = MQTTConnectionError(reason: failure.reason + place, kind: failure.kind)
        reconnector.noteLoss(at: now, random: engine.random)
        let openers = engine.state.withLock { state in
            state.reason = error.reason
            defer { state.openers = [] }
            return state.openers
        }
        for opener in openers { opener.resume(throwing: error) }
    }

    private func accept(_ isSessionPresent: Bool, _ maxPacketSize: Int) {
        let now = engine.clock.uptime
        let isAgain = hasConnected
        (isConnected, hasConnected, self.maxPacketSize) = (true, true, maxPacketSize)
        (lastAnswer, nextCheck, addresses) = (now, now, [])
        claimEnd = now + Self.claimTime
        reconnector.noteConnection(at: now)
        let openers = engine.state.withLock { state in
            state.phase = .connected
            state.subscriptions.noteConnection(isSessionPresent: isSessionPresent)
            defer { state.openers = [] }
            return state.openers
        }
        for opener in openers { opener.resume() }
        if isAgain || openers.isEmpty { engine.onChange(.reconnected) }
    }

    /// Ends the connection or the connection attempt. Unacknowledged calls wait for the next connection.
    private func drop(_ error: MQTTConnectionError) {
        guard handle != nil else { return }
        let now = engine.clock.uptime
        handle = nil
        failure = error
        isPaused = false
        guard isConnected else {
            return error.isFinal ? giveUp(at: now) : connectNext(at: now)
        }
        isConnected = false
        let isTakenOver = error.kind == .takenOver
        let isRepeated = reconnector.noteLoss(at: now, isTakenOver: isTakenOver, random: engine.random)
        engine.state.withLock { state in
            (state.phase, state.reason) = (.disconnected, error.reason)
            state.outbox.loseConnection()
            state.subscriptions.noteConnection(isSessionPresent: true)
        }
        engine.onChange(.lost(error, mayShareId: isTakenOver || isRepeated))
    }

    // MARK: Sending

    private func send(_ plan: Plan, at now: Duration) {
        guard !plan.messages.isEmpty || !plan.requests.isEmpty else { return }
        if !plan.isWaiting { lastAnswer = now }
        var sent: [(id: UInt64, mid: Int32)] = []
        var rejected: [(id: UInt64, failure: MQTTFailure)] = []
        var unsent: [UInt64] = []
        var requests: [(filter: String, mid: Int32)] = []
        var invalid: [String] = []
        var loss: MQTTConnectionError?
        do throws(MQTTConnectionError) {
            for request in plan.requests {
                guard let handle else { break }
                switch request {
                case .subscribe(let filter, let qos, let number):
                    if let mid = try handle.subscribe(filter, qos: qos, number: number) {
                        requests.append((filter, mid))
                    } else {
                        invalid.append(filter)
                    }
                case .unsubscribe(let filter): try handle.unsubscribe(filter)
                }
            }
        } catch {
            loss = error
        }
        for (id, message) in plan.messages {
            guard loss == nil, let handle else {
                unsent.append(id)
                continue
            }
            // Two bytes per length, the identifier, and the header.
            if maxPacketSize > 0, message.size + 16 > maxPacketSize {
                rejected.append((id, .tooLarge(size: message.size, limit: maxPacketSize)))
                continue
            }
            switch handle.publish(message) {
            case .sent(let mid): sent.append((id, mid))
            case .rejected(let failure): rejected.append((id, failure))
            case .lost(let error):
                unsent.append(id)
                loss = error
            }
        }
        let ended = engine.state.withLock { state in
            for (id, mid) in sent { state.outbox.noteSent(id, mid: mid) }
            for (filter, mid) in requests { state.subscriptions.noteSent(filter, mid: mid) }
            state.outbox.untake(unsent)
            return rejected.map { (state.outbox.remove($0.id), $0.failure) }
        }
        for (waiter, failure) in ended { waiter?.resume(returning: .failure(failure)) }
        for filter in invalid { refuse(filter) }
        // QoS 0 messages are acknowledged while they are sent.
        guard let loss else { return process() }
        fail(loss)
    }

    /// Fails the calls that wait for a subscription that libmosquitto rejects.
    private func refuse(_ filter: String) {
        let ended = engine.state.withLock { state in
            state.subscriptions.noteSent(filter, mid: -1)
            return state.subscriptions.answer(mid: -1, isAccepted: false)
        }
        for waiter in ended.waiters {
            waiter.resume(returning: .failure(.invalid("the filter can't be sent to this broker")))
        }
        for listener in ended.removed { listener.remove() }
    }

    // MARK: Receiving

    private func receive() {
        mustRead = false
        do throws(MQTTConnectionError) {
            // libmosquitto acknowledges what it reads: read no more than can be buffered.
            while let handle {
                let mayHaveMore = try handle.read(limit: 1)
                process()
                reads += 1
                // During the TLS handshake, libmosquitto does not report whether there is more.
                if isShakingHands { break }
                if !mayHaveMore || reads % Self.readsPerTurn == 0 || engine.state.withLock({ $0.isFull }) {
                    mustRead = mayHaveMore
                    break
                }
            }
            try checkSocket()
        } catch {
            fail(error)
        }
    }

    /// Processes the events before an error, and drops the connection if that did not happen already.
    private func fail(_ error: MQTTConnectionError) {
        let failed = handle
        process()
        if handle === failed { drop(error) }
    }

    /// When the broker closes the connection, libmosquitto returns no error.
    private func checkSocket() throws(MQTTConnectionError) {
        if let handle, handle.descriptor == nil {
            throw MQTTConnectionError(reason: "the broker closed the connection")
        }
    }

    /// Processes libmosquitto's events.
    private func process() {
        guard let events = handle?.takeEvents(), !events.isEmpty else { return }
        lastAnswer = engine.clock.uptime
        for event in events {
            switch event {
            case .accepted(let isSessionPresent, let size): accept(isSessionPresent, size)
            case .refused(let error): drop(error)
            case .ended(let error): drop(error)
            case .published(let mid, let code):
                let outcome: MQTTEngine.Outcome =
                    code < 0x80 ? .success(()) : .failure(.refused(code: code, MQTTHandle.reason(code)))
                engine.state.withLock { $0.outbox.acknowledge(mid: mid) }?.resume(returning: outcome)
            case .subscribed(let mid, let code):
                let outcome: MQTTEngine.Outcome =
                    code < 0x80 ? .success(()) : .failure(.refused(code: code, MQTTHandle.reason(code)))
                let ended = engine.state.withLock { $0.subscriptions.answer(mid: mid, isAccepted: code < 0x80) }
                for waiter in ended.waiters { waiter.resume(returning: outcome) }
                for listener in ended.removed { listener.remove() }
                if let filter = ended.deaf { engine.onChange(.notRenewed(filter: filter, MQTTHandle.reason(code))) }
            case .received(let message, let numbers): receive(message, numbers)
            }
        }
    }

    private func receive(_ message: MQTTMessage, _ numbers: [Int]) {
        guard !engine.dispatch(message, numbers: numbers) else { return }
        // A message may still arrive after an unsubscription.
        guard !options.isClean else { return }
        if engine.clock.uptime >= claimEnd {
            noteUnclaimed(message.topic, 1)
        } else {
            engine.state.withLock { state in
                state.unclaimed.append(MQTTState.Unclaimed(message: message, numbers: numbers))
                state.heldCount += 1
                state.heldSize += message.size
            }
        }
    }

    private func noteUnclaimed(_ topic: String, _ count: Int) {
        guard !hasLoggedUnclaimed else { return }
        hasLoggedUnclaimed = true
        engine.onChange(.unclaimed(topic: topic, count: count))
    }

    // MARK: Timers

    private func check(_ plan: Plan, at now: Duration) {
        if plan.hasUnclaimed, now >= claimEnd { dropUnclaimed() }
        guard let handle else { return }
        guard isConnected else {
            if now >= connectEnd { drop(MQTTConnectionError(reason: "no answer in time")) }
            return
        }
        if isPaused != plan.isFull {
            isPaused = plan.isFull
            mustRead = !isPaused
            lastAnswer = now
        }
        let silence = now - lastAnswer
        if !isPaused, plan.isWaiting, options.silenceLimit > .zero, silence >= options.silenceLimit {
            return drop(MQTTConnectionError(reason: "the broker is silent"))
        }
        guard now >= nextCheck else { return }
        do throws(MQTTConnectionError) {
            if isPaused {
                // The reply to a ping would wait behind unread messages. Any packet keeps the connection alive.
                if options.keepAlive > 0 { try handle.unsubscribe(Self.unusedFilter) }
                nextCheck = now + .seconds(Int64(max(1, options.keepAlive / 2)))
            } else if !mustRead {
                try handle.keepAlive()
                nextCheck = now + .seconds(1)
            }
            try checkSocket()
        } catch {
            drop(error)
        }
    }

    /// A filter without subscribers.
    private static let unusedFilter = "pip-services/keep-alive"

    private func dropUnclaimed() {
        let dropped = engine.state.withLock { state in
            defer { state.unclaimed = [] }
            state.heldCount -= state.unclaimed.count
            state.heldSize -= state.unclaimed.reduce(0) { $0 + $1.message.size }
            return state.unclaimed
        }
        if let first = dropped.first { noteUnclaimed(first.message.topic, dropped.count) }
    }

    private func wait(_ plan: Plan, at now: Duration) {
        var end = plan.wakeTime
        if mustRead, !isPaused { end = now }
        if handle == nil {
            if !isResolving { end = min(end, reconnector.dueTime) }
        } else if isConnected {
            end = min(end, nextCheck)
            if plan.isWaiting, !isPaused, options.silenceLimit > .zero {
                end = min(end, lastAnswer.adding(timeout: options.silenceLimit))
            }
        } else {
            end = min(end, connectEnd)
        }
        var events = isPaused ? 0 : POLLIN
        if isShakingHands { events |= Self.peerClosed }
        if let handle, handle.wantsWrite { events |= POLLOUT }
        var sources = [
            pollfd(fd: engine.wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            // `poll` ignores a negative descriptor.
            pollfd(fd: handle?.descriptor ?? -1, events: Int16(events), revents: 0),
        ]
        // Rounded up, so that the timeout has passed on return.
        let left = (end - engine.clock.uptime).inNanoseconds
        let milliseconds = min(max(0, left) / 1_000_000 + (left > 0 ? 1 : 0), 60_000)
        guard poll(&sources, 2, Int32(milliseconds)) > 0 || mustRead else { return }
        if sources[0].revents != 0 { engine.wakeup.clear() }
        let connecting = handle
        let found = Int32(sources[1].revents)
        // Transferred bytes count as activity, even without a complete packet.
        if found & (POLLIN | POLLOUT) != 0 { lastAnswer = engine.clock.uptime }
        if found & POLLOUT != 0 { flush() }
        if found & ~POLLOUT != 0 || (mustRead && !isPaused) { receive() }
        // libmosquitto does not notice that the connection closed during the handshake.
        if isShakingHands, found & (POLLERR | POLLHUP | Self.peerClosed) != 0, connecting === handle {
            fail(MQTTConnectionError(reason: "the connection ended during the TLS handshake"))
        }
    }

    /// True during a TLS handshake, before the broker accepts the connection.
    private var isShakingHands: Bool { handle != nil && !isConnected && options.address.tls != nil }

    /// The `poll` event for a peer that closed its side, which Swift's Glibc lacks.
    private static let peerClosed: Int32 = 0x2000

    private func flush() {
        do throws(MQTTConnectionError) {
            // During the TLS handshake, reading continues it.
            if isShakingHands { _ = try handle?.read(limit: 1) }
            try handle?.write()
            process()
            try checkSocket()
        } catch {
            fail(error)
        }
    }

    // MARK: Closing

    private func end() {
        if isConnected, let handle {
            handle.disconnect()
            let end = SystemClock().uptime + Self.closeTime
            while handle.wantsWrite, let descriptor = handle.descriptor, SystemClock().uptime < end {
                var source = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
                guard poll(&source, 1, 100) >= 0, (try? handle.write()) != nil else { break }
            }
        }
        handle = nil
        let (waiters, listeners, openers, closers) = engine.state.withLock { state in
            (state.phase, state.reason, state.unclaimed) = (.stopped, "it is closed", [])
            let subscriptions = state.subscriptions.removeAll()
            defer { (state.openers, state.closers) = ([], []) }
            return (
                state.outbox.removeAll() + subscriptions.waiters, subscriptions.listeners, state.openers, state.closers
            )
        }
        for waiter in waiters { waiter.resume(returning: .failure(.closed)) }
        for listener in listeners { listener.remove() }
        for opener in openers {
            opener.resume(throwing: MQTTConnectionError(reason: "the connection is being closed"))
        }
        for closer in closers { closer.resume() }
    }
}
#endif
