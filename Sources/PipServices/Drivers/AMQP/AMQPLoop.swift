#if PIP_AMQP
internal import DequeModule
import Glibc

/// The thread of an ``AMQPEngine``, and the only user of proton: connects, sends, receives, fails expired calls, and
/// reconnects.
final class AMQPLoop {
    private let engine: AMQPEngine
    private let options: AMQPClientOptions
    /// Nil while there is neither a connection nor an attempt.
    private var handle: AMQPHandle?
    private var isConnected = false
    private var isAuthorizing = false
    private var hasConnected = false
    /// The index of the connected server, or of the next one to try.
    private var serverIndex = 0
    /// The failed attempts since the engine was opened.
    private var openingFailures: [AMQPConnectionError] = []
    private var reconnector: AMQPReconnector
    /// The deadline of the connection attempt.
    private var connectEnd = Duration.never
    private var nextTick = Duration.zero
    private var reason = "it is being opened"
    private var senders: [ScalarText: AMQPSenderLink] = [:]
    private var receivers: [Int: AMQPReceiverLink] = [:]
    private var lastLink = 0
    private var lastDelivery = 0
    private var owners: [Int: Owner] = [:]
    private var inFlightCount = 0
    /// The calls that wait for the settlement of a delivery, by its number.
    private var settling: [Int: Int] = [:]

    private enum Owner {
        case sender(ScalarText)
        case receiver(Int)
    }

    /// The maximum number of attempts for a message whose connection is lost each time.
    private static let maxAttempts = 3
    /// The maximum number of idle sender links.
    private static let maxIdleLinks = 100
    private static let retry = RetryPolicy(delay: .milliseconds(500), maxDelay: .seconds(10))

    init(_ engine: AMQPEngine) {
        self.engine = engine
        options = engine.options
        reconnector = AMQPReconnector(delay: options.reconnectDelay, maxDelay: options.maxReconnectDelay)
    }

    /// Runs until the engine is stopped.
    func run() {
        while turn() {}
        end()
    }

    // MARK: - Internal

    private struct Plan {
        var expired: [AMQPState.Call] = []
        var calls: [(id: Int, kind: AMQPState.Call.Kind)] = []
        var changed: [(id: Int, receiver: AMQPState.Receiver?)] = []
        var authorized: Result<Void, AMQPConnectionError>?
    }

    private func turn() -> Bool {
        if handle == nil, engine.clock.uptime >= reconnector.dueTime { connect() }
        let now = engine.clock.uptime
        guard let plan = plan(at: now) else { return false }
        for call in plan.expired {
            let failure: AMQPFailure =
                call.attempts > 0 ? .noAnswer : isConnected ? .notSent : .unreachable(reason)
            call.waiter.resume(returning: .failure(failure))
        }
        for (id, receiver) in plan.changed { note(receiver, id) }
        for (id, kind) in plan.calls { begin(id, kind) }
        if let authorized = plan.authorized, isAuthorizing { finishAuthorizing(authorized) }
        openLinks(at: now)
        for address in Array(senders.keys) { pump(address, at: now) }
        handle?.write()
        process()
        if handle != nil, !isConnected, engine.clock.uptime >= connectEnd {
            drop(AMQPConnectionError(reason: "no answer in time"))
        }
        wait()
        return true
    }

    private func plan(at now: Duration) -> Plan? {
        engine.state.withLock { state -> Plan? in
            if state.isClosing { return nil }
            var plan = Plan()
            plan.expired = state.expire(at: now)
            for id in state.newCalls {
                if let call = state.calls[id] { plan.calls.append((id, call.kind)) }
            }
            state.newCalls.removeAll(keepingCapacity: true)
            for id in state.changed.sorted() {
                plan.changed.append((id, state.receivers[id]))
                state.receivers[id]?.credit = 0
            }
            state.changed = []
            plan.authorized = state.authorized
            state.authorized = nil
            return plan
        }
    }

    /// Ends a call, unless its task has already abandoned it.
    private func end(_ id: Int, _ outcome: AMQPEngine.Outcome) {
        engine.state.withLock { $0.remove(id) }?.waiter.resume(returning: outcome)
    }

    // MARK: Calls

    private func begin(_ id: Int, _ kind: AMQPState.Call.Kind) {
        switch kind {
        case .send(let address, _): senders[ScalarText(address), default: AMQPSenderLink()].waiting.append(id)
        case .settle(let delivery, let outcome):
            guard handle?.settle(delivery, outcome) == true else { return end(id, .failure(.lost(reason))) }
            noteSent(id)
            settling[delivery.number] = id
        case .attach(let receiver):
            guard receivers[receiver] != nil else { return end(id, .failure(.closed)) }
            receivers[receiver]?.attachers.append(id)
        case .drain(let receiver):
            guard let link = receivers[receiver], link.isOpen, let number = link.link else {
                return end(id, .failure(.lost(reason)))
            }
            handle?.setDrain(number, true)
            receivers[receiver]?.drains.append(id)
            checkDrain(receiver)
        }
    }

    private func noteSent(_ id: Int) { engine.state.withLock { $0.calls[id]?.attempts += 1 } }

    private func note(_ receiver: AMQPState.Receiver?, _ id: Int) {
        guard let receiver else {
            guard let link = receivers.removeValue(forKey: id) else { return }
            if let number = link.link { close(number) }
            for call in link.attachers + link.drains { end(call, .failure(.closed)) }
            return
        }
        if receivers[id] == nil { receivers[id] = AMQPReceiverLink(receiver) }
        receivers[id]?.credit += receiver.credit
        grant(id)
    }

    /// Grants credit if the link is open.
    private func grant(_ id: Int) {
        guard let link = receivers[id], link.isOpen, let number = link.link else { return }
        var count = link.credit
        let prefetch = link.receiver.source.prefetch
        if prefetch > 0, link.free >= max(1, prefetch / 4) {
            count += link.free
            receivers[id]?.free = 0
        }
        receivers[id]?.credit = 0
        if count > 0 { handle?.flow(number, count) }
    }

    private func checkDrain(_ id: Int) {
        guard let link = receivers[id], let number = link.link, !link.drains.isEmpty, let handle,
            !handle.isDraining(number)
        else { return }
        handle.setDrain(number, false)
        receivers[id]?.drains = []
        for call in link.drains { end(call, .success(.accepted)) }
    }

    // MARK: Links

    private func close(_ link: Int) {
        owners[link] = nil
        handle?.closeLink(link)
    }

    /// True if messages can be sent to the address now.
    private func isUsable(_ address: String) -> Bool {
        isConnected || isAuthorizing && options.authorizationAddress.isSame(as: address)
    }

    private func openLinks(at now: Duration) {
        guard let handle, isConnected || isAuthorizing else { return }
        for (id, link) in receivers.sorted(by: { $0.key < $1.key })
        where link.link == nil && now >= link.retryTime && isUsable(link.receiver.source.address) {
            lastLink += 1
            receivers[id]?.link = lastLink
            owners[lastLink] = .receiver(id)
            handle.openReceiver(lastLink, link.receiver.source)
        }
        for (address, link) in senders
        where link.link == nil && !link.waiting.isEmpty && now >= link.retryTime && isUsable(address.text) {
            dropIdleLinks()
            lastLink += 1
            senders[address]?.link = lastLink
            owners[lastLink] = .sender(address)
            handle.openSender(lastLink, address.text, isDurable: options.sendsDurable)
        }
    }

    private func dropIdleLinks() {
        guard senders.count > Self.maxIdleLinks else { return }
        for (address, link) in senders where link.isIdle {
            if let number = link.link { close(number) }
            senders[address] = nil
        }
    }

    /// Sends the calls that wait for an address, within the link's credit.
    private func pump(_ address: ScalarText, at now: Duration) {
        guard let handle, let sender = senders[address], sender.isOpen, let link = sender.link, !sender.waiting.isEmpty
        else { return }
        let room = min(handle.credit(link), options.maxInFlight - inFlightCount)
        guard room > 0 else { return }
        let limit = handle.maxSize(link) ?? .max
        var waiting = sender.waiting
        let (messages, tooLarge) = engine.state.withLock { state -> ([(Int, [UInt8])], [(AMQPState.Call, Int)]) in
            var (messages, tooLarge) = ([(Int, [UInt8])](), [(AMQPState.Call, Int)]())
            while messages.count < room, let id = waiting.popFirst() {
                guard let call = state.calls[id], case .send(_, let message) = call.kind else { continue }
                if message.count > limit {
                    if let call = state.remove(id) { tooLarge.append((call, message.count)) }
                    continue
                }
                state.calls[id]?.attempts += 1
                messages.append((id, message))
            }
            state.inFlightCount += messages.count
            return (messages, tooLarge)
        }
        senders[address]?.waiting = waiting
        for (call, size) in tooLarge {
            call.waiter.resume(returning: .failure(.tooLarge(size: size, limit: limit)))
        }
        inFlightCount += messages.count
        for (id, message) in messages {
            senders[address]?.inFlight.insert(id)
            handle.send(link, call: id, message)
        }
    }

    // MARK: Events

    private func process() {
        while let handle {
            let events = handle.takeEvents()
            if events.isEmpty { return }
            for event in events {
                process(event)
                // The connection was dropped, and the remaining events belong to it.
                if self.handle !== handle { return }
            }
            handle.write()
        }
    }

    private func process(_ event: AMQPHandle.Event) {
        switch event {
        case .opened: beginAuthorizing()
        case .ended(let error): drop(error)
        case .linkOpened(let link): noteOpen(link)
        case .linkEnded(let link, let condition): noteEnd(link, condition)
        case .flow(let link): if case .receiver(let id)? = owners[link] { checkDrain(id) }
        case .delivery(let link, let delivery):
            guard case .receiver(let id)? = owners[link], let receiver = receivers[id] else { return }
            // Deliveries that are already settled, or that stay at the broker, use no credit.
            if delivery.isSettled || delivery.isOversized { release(id) }
            receiver.receiver.listener.onDelivery(delivery)
            checkDrain(id)
        case .outcome(let link, let call, let outcome):
            if case .sender(let address)? = owners[link], senders[address]?.inFlight.remove(call) != nil {
                senders[address]?.failures = 0
                noteAnswered(1)
            }
            end(call, Self.result(outcome))
        case .settled(let link, let delivery, let outcome):
            if case .receiver(let id)? = owners[link] { release(id) }
            if let call = settling.removeValue(forKey: delivery.number) { end(call, .success(outcome)) }
        }
    }

    /// Sending succeeds only if the broker accepts the message.
    private static func result(_ outcome: AMQPOutcome) -> AMQPEngine.Outcome {
        switch outcome {
        case .accepted: .success(outcome)
        case .rejected(let condition, _):
            .failure(.refused(condition ?? AMQPCondition(name: "amqp:rejected", text: "the message was rejected")))
        case .released, .modified:
            .failure(.refused(AMQPCondition(name: "amqp:released", text: "the broker does not accept the message now")))
        }
    }

    private func noteAnswered(_ count: Int) {
        guard count > 0 else { return }
        inFlightCount -= count
        engine.state.withLock { $0.inFlightCount -= count }
    }

    private func release(_ id: Int) {
        guard let link = receivers[id], link.receiver.source.prefetch > 0 else { return }
        receivers[id]?.free += 1
        grant(id)
    }

    private func noteOpen(_ link: Int) {
        switch owners[link] {
        case .sender(let address)?: senders[address]?.isOpen = true
        case .receiver(let id)?:
            guard let receiver = receivers[id] else { return }
            receivers[id]?.isOpen = true
            receivers[id]?.attachers = []
            receivers[id]?.free = receiver.receiver.source.prefetch
            if let attachment = handle?.attachment(link) {
                engine.state.withLock { $0.receivers[id]?.attachment = attachment }
            }
            grant(id)
            for call in receiver.attachers { end(call, .success(.accepted)) }
        case nil: break
        }
    }

    /// Handles a link that the broker closed or rejected.
    private func noteEnd(_ link: Int, _ condition: AMQPCondition) {
        let owner = owners[link]
        close(link)
        switch owner {
        case .sender(let address)?: noteEnd(sender: address, condition)
        case .receiver(let id)?: noteEnd(receiver: id, condition)
        case nil: break
        }
    }

    private func noteEnd(sender address: ScalarText, _ condition: AMQPCondition) {
        guard var sender = senders[address] else { return }
        noteAnswered(sender.inFlight.count)
        sender.requeue()
        (sender.link, sender.isOpen) = (nil, false)
        if sender.isIdle {
            senders[address] = nil
        } else if condition.isTemporary {
            sender.failures += 1
            sender.retryTime = engine.clock.uptime + Self.retry.pause(before: sender.failures - 1, engine.random)
            senders[address] = sender
        } else {
            senders[address] = nil
            for call in sender.takeAll() { end(call, .failure(.refused(condition))) }
        }
    }

    private func noteEnd(receiver id: Int, _ condition: AMQPCondition) {
        guard let receiver = receivers[id] else { return }
        let wasOpen = receiver.isOpen
        loseDeliveries(id, condition.description)
        guard !condition.isTemporary || !receiver.receiver.source.isRenewed else {
            receivers[id]?.failures += 1
            receivers[id]?.retryTime =
                engine.clock.uptime + Self.retry.pause(before: receiver.failures, engine.random)
            return
        }
        receivers[id] = nil
        engine.state.withLock { _ = $0.receivers.removeValue(forKey: id) }
        for call in receiver.attachers { end(call, .failure(.refused(condition))) }
        if wasOpen || receiver.attachers.isEmpty { receiver.receiver.listener.onEnd(.refused(condition)) }
    }

    /// Invalidates the deliveries of a receiver.
    private func loseDeliveries(_ id: Int, _ reason: String) {
        guard let receiver = receivers[id] else { return }
        receivers[id]?.link = nil
        receivers[id]?.isOpen = false
        receivers[id]?.drains = []
        receivers[id]?.credit = 0
        // First, because a caller that learns of the loss must not find messages of the lost link.
        if receiver.isOpen { receiver.receiver.listener.onLoss(reason) }
        for call in receiver.drains { end(call, .failure(.lost(reason))) }
    }

    // MARK: Connecting

    private var server: BrokerServer? {
        options.servers.isEmpty ? nil : options.servers[serverIndex % options.servers.count]
    }

    /// Connects the socket; later iterations do the rest of the handshake.
    private func connect() {
        guard let server else {
            return giveUp(AMQPConnectionError(reason: "no server is configured", kind: .refused))
        }
        // After the first connection, the time is limited, because calls wait for the next one.
        let time = hasConnected ? min(options.connectTimeout, .seconds(10)) : options.connectTimeout
        connectEnd = engine.clock.uptime.adding(timeout: time)
        do throws(AMQPConnectionError) {
            let socket = try dial(server, min(time, .seconds(3_600)))
            handle = try AMQPHandle(options, server, socket, lastDelivery: lastDelivery)
            nextTick = .zero
        } catch {
            giveUp(error)
        }
    }

    private func dial(_ server: BrokerServer, _ time: Duration) throws(AMQPConnectionError) -> AMQPSocket {
        let end = SystemClock().uptime + time
        let addresses: [HostAddress]
        do throws(HostFailure) {
            addresses = try engine.resolver.addresses(of: server.host, port: server.port, within: time)
        } catch {
            throw AMQPConnectionError(reason: "'\(server.host)' can't be resolved: \(error.reason)")
        }
        var failure = AMQPConnectionError(reason: "'\(server.host)' has no address")
        for (index, address) in addresses.enumerated() {
            let now = SystemClock().uptime
            do throws(AMQPConnectionError) {
                return try AMQPSocket.connect(
                    address, until: now + (end - now) / (addresses.count - index), engine.wakeup,
                    isCancelled: { engine.state.withLock { $0.isClosing } })
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Handles a failed attempt. The next attempt uses the next server.
    private func giveUp(_ error: AMQPConnectionError) {
        let shown = server.map { options.servers.count > 1 ? "\($0): \(error.reason)" : error.reason } ?? error.reason
        reason = shown
        openingFailures.append(AMQPConnectionError(reason: shown, kind: error.kind))
        serverIndex += 1
        let isOpening = !hasConnected && openingFailures.count < options.servers.count
        // While the engine is being opened, all servers are tried without a back-off.
        if !isOpening { reconnector.noteLoss(at: engine.clock.uptime, engine.random) }
        let (openers, failure) = engine.state.withLock {
            state -> ([CheckedContinuation<Void, any Error>], AMQPConnectionError?) in
            state.reason = shown
            if isOpening { return ([], nil) }
            defer { state.openers = [] }
            let failure =
                openingFailures.first { $0.isFinal } ?? AMQPConnectionError(reason: shown, kind: error.kind)
            return (state.openers, options.mayWait && !failure.isFinal ? nil : failure)
        }
        openingFailures = isOpening ? openingFailures : []
        for opener in openers {
            if let failure { opener.resume(throwing: failure) } else { opener.resume() }
        }
    }

    /// Starts the authorization of the client after the connection was opened.
    private func beginAuthorizing() {
        // The interval of the broker's heart-beats is now known.
        nextTick = .zero
        guard let authorize = options.authorize else { return accept() }
        isAuthorizing = true
        engine.state.withLock { $0.phase = .authorizing }
        Task { [engine] in
            let result: Result<Void, AMQPConnectionError>
            do {
                try await authorize(engine)
                result = .success(())
            } catch let error as AMQPConnectionError {
                result = .failure(error)
            } catch {
                result = .failure(AMQPConnectionError(reason: "\(error)"))
            }
            engine.state.withLock { $0.authorized = result }
            engine.wakeup.wake()
        }
    }

    private func finishAuthorizing(_ result: Result<Void, AMQPConnectionError>) {
        isAuthorizing = false
        switch result {
        case .success: accept()
        case .failure(let error): drop(error)
        }
    }

    private func accept() {
        guard let server else { return }
        let isAgain = hasConnected
        (isConnected, hasConnected, openingFailures) = (true, true, [])
        reconnector.noteConnection(at: engine.clock.uptime)
        let openers = engine.state.withLock { state in
            state.phase = .connected
            defer { state.openers = [] }
            return state.openers
        }
        for opener in openers { opener.resume() }
        if isAgain || openers.isEmpty { engine.onChange(.reconnected(server)) }
    }

    /// Ends the connection or the connection attempt. Messages without an outcome wait for the next connection.
    private func drop(_ error: AMQPConnectionError) {
        guard handle != nil, let server else { return }
        let wasConnected = isConnected
        lastDelivery = max(lastDelivery, handle?.lastDelivery ?? 0)
        handle = nil
        (isConnected, isAuthorizing) = (false, false)
        reason = error.reason
        (owners, inFlightCount) = ([:], 0)
        engine.state.withLock { state in
            (state.phase, state.reason, state.inFlightCount) = (.disconnected, error.reason, 0)
            state.authorized = nil
        }
        for id in receivers.keys.sorted() {
            loseDeliveries(id, error.reason)
            guard let receiver = receivers[id], !receiver.receiver.source.isRenewed else { continue }
            receivers[id] = nil
            engine.state.withLock { _ = $0.receivers.removeValue(forKey: id) }
            for call in receiver.attachers { end(call, .failure(.lost(error.reason))) }
            receiver.receiver.listener.onEnd(.lost(error.reason))
        }
        for call in settling.values.sorted() { end(call, .failure(.lost(error.reason))) }
        settling = [:]
        loseSends(error.reason)
        guard wasConnected else { return giveUp(error) }
        serverIndex += 1
        reconnector.noteLoss(at: engine.clock.uptime, engine.random)
        engine.onChange(.lost(error, server: server))
    }

    private func loseSends(_ reason: String) {
        for (address, var sender) in senders {
            sender.requeue()
            (sender.link, sender.isOpen, sender.retryTime, sender.failures) = (nil, false, .zero, 0)
            // A message that breaks every connection must not be resent forever.
            let isPrivileged = options.authorizationAddress.isSame(as: address.text)
            let ended = engine.state.withLock { state in
                sender.waiting.filter { id in
                    state.calls[id].map { isPrivileged || $0.attempts >= Self.maxAttempts } ?? true
                }
            }
            sender.waiting.removeAll { ended.contains($0) }
            for call in ended { end(call, .failure(.lost(reason))) }
            senders[address] = sender.isIdle ? nil : sender
        }
    }

    // MARK: Waiting

    private func wait() {
        let now = engine.clock.uptime
        if let handle, now >= nextTick {
            let next = handle.tick(now.wholeMilliseconds)
            nextTick = next.map { min(.milliseconds($0), now + .seconds(60)) } ?? now + .seconds(1)
            handle.write()
            // The broker may have been silent for too long.
            process()
        }
        let sweepTime = engine.state.withLock { state -> Duration? in
            guard state.newCalls.isEmpty, state.changed.isEmpty, state.authorized == nil, !state.isClosing else {
                return nil
            }
            state.isAsleep = true
            return state.sweepTime
        }
        var end = min(sweepTime ?? now, wakeTime)
        if handle == nil { end = min(end, reconnector.dueTime) }
        if handle != nil, !isConnected { end = min(end, connectEnd) }
        if handle != nil { end = min(end, nextTick) }
        let ready = AMQPSocket.wait(
            for: engine.wakeup, handle?.descriptor, isSending: handle?.wantsWrite ?? false, max(.zero, end - now))
        engine.state.withLock { $0.isAsleep = false }
        if ready.isWritable { handle?.write() }
        if ready.isReadable { while handle?.read() == true { process() } }
        process()
    }

    /// The next time at which a link is opened again.
    private var wakeTime: Duration {
        guard isConnected else { return .never }
        let receiving = receivers.values.lazy.filter { $0.link == nil }.map(\.retryTime).min()
        let sending = senders.values.lazy.filter { $0.link == nil }.map(\.retryTime).min()
        return min(receiving ?? .never, sending ?? .never)
    }

    // MARK: Closing

    private func end() {
        if isConnected, let handle {
            handle.close()
            let end = SystemClock().uptime + AMQPEngine.farewell
            while SystemClock().uptime < end {
                handle.write()
                if handle.takeEvents().contains(where: { if case .ended = $0 { true } else { false } }) { break }
                let ready = AMQPSocket.wait(
                    for: engine.wakeup, handle.descriptor, isSending: handle.wantsWrite, end - SystemClock().uptime)
                if ready.isReadable { while handle.read() { _ = handle.takeEvents() } }
            }
        }
        handle = nil
        let (calls, openers, closers) = engine.state.withLock { state in
            (state.phase, state.reason, state.receivers) = (.stopped, "it is closed", [:])
            let calls = state.calls
            (state.calls, state.newCalls, state.size, state.inFlightCount) = ([:], [], 0, 0)
            defer { (state.openers, state.closers) = ([], []) }
            return (calls, state.openers, state.closers)
        }
        for id in receivers.keys.sorted() { receivers[id]?.receiver.listener.onEnd(.closed) }
        for (_, call) in calls.sorted(by: { $0.key < $1.key }) { call.waiter.resume(returning: .failure(.closed)) }
        for opener in openers { opener.resume(throwing: AMQPConnectionError(reason: "it is closed")) }
        for closer in closers { closer.resume() }
    }
}
#endif
