#if PIP_MQTT
/// An MQTT client shared by all tasks: the part called by tasks. ``MQTTLoop`` runs on the client's thread.
///
/// A call is queued and wakes the thread if necessary. The thread sends queued calls, and resumes each call when the
/// broker acknowledges it.
final class MQTTEngine: Sendable {
    typealias Outcome = Result<Void, MQTTFailure>

    /// A state change of the connection.
    enum Change: Sendable {
        /// The connection is lost.
        /// - Parameter mayShareId: true if another client with the same id may be taking over the connection
        ///   repeatedly. Not all brokers report this.
        case lost(MQTTConnectionError, mayShareId: Bool)
        case reconnected
        /// A listener rejected a message, with the reason.
        case notAccepted(any Error)
        /// Messages without a subscription arrived.
        case unclaimed(topic: String, count: Int)
        /// The broker refused to renew a subscription, with the reason.
        case notRenewed(filter: String, String)
    }

    /// The maximum number of buffered messages. Above it, reading stops.
    static let heldLimit = 100
    static let heldSizeLimit = 16 << 20

    let options: MQTTClientOptions
    let clock: any ClockSource
    let random: any RandomSource
    let resolver: HostResolver
    let state = Locked(MQTTState())
    /// Wakes the thread.
    let wakeup: Wakeup
    /// Called by the thread, or by a listener's task.
    let onChange: @Sendable (Change) -> Void

    /// Creates an engine without starting its thread.
    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init(
        _ options: MQTTClientOptions, clock: any ClockSource, random: any RandomSource,
        resolver: HostResolver = .shared,
        onChange: @escaping @Sendable (Change) -> Void = { _ in }
    ) throws(ApplicationError) {
        self.options = options
        self.clock = clock
        self.random = random
        self.resolver = resolver
        self.onChange = onChange
        wakeup = try Wakeup()
    }

    /// Why there is no connection; nil if there is one.
    var missingReason: String? { state.withLock { $0.phase == .connected ? nil : $0.reason } }

    /// The number of unsent messages.
    var queueDepth: Int { state.withLock { $0.outbox.queuedCount } }

    /// Sends a message and waits for its acknowledgement.
    func publish(_ message: MQTTMessage, deadline: Duration?) async -> Outcome {
        let id = state.withLock { $0.outbox.makeId() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let now = clock.uptime
                let end = min(now.adding(timeout: options.callTimeout), deadline ?? .never)
                enter(waiter) { state in
                    if end <= now { return .notSent }
                    let outbox = state.outbox
                    // A message that is larger than the queue is accepted if nothing else waits.
                    if outbox.count >= options.maxQueue
                        || outbox.count > 0 && outbox.size + message.size > options.maxQueueBytes
                    {
                        return .queueFull(outbox.count)
                    }
                    state.outbox.append(id, message, waiter, deadline: end)
                    return nil
                }
            }
        } onCancel: {
            // A call that is not queued yet checks for cancellation when it is queued.
            state.withLock { $0.outbox.abandon(id) }?.resume(returning: .failure(.cancelled))
        }
    }

    /// Subscribes and waits for the acknowledgement, even if the task is cancelled.
    /// - Returns: the listener's number, for ``unsubscribe(_:_:)``.
    func subscribe(
        _ filter: String, qos: Int, deadline: Duration?, _ deliver: @escaping MQTTListener.Deliver
    ) async -> Result<Int, MQTTFailure> {
        let id = state.withLock { state in
            state.lastListener += 1
            return state.lastListener
        }
        let listener = MQTTListener(id, deliver) { [weak self] size, failure in
            if let failure { self?.onChange(.notAccepted(failure)) }
            self?.release(size)
        }
        let outcome = await withCheckedContinuation { (waiter: MQTTState.Waiter) in
            let end = min(clock.uptime.adding(timeout: options.callTimeout), deadline ?? .never)
            enter(waiter) { state in
                state.subscriptions.add(filter, qos: qos, id: id, listener, waiter, deadline: end)
                self.claim(&state)
                return nil
            }
        }
        return outcome.map { id }
    }

    /// Ends a subscription. `UNSUBSCRIBE` is sent in the background, unless the session is persistent.
    func unsubscribe(_ filter: String, _ id: Int) {
        let (removed, mustWake) = state.withLock { state in
            let removed = state.subscriptions.remove(filter, id: id, keepsSubscription: !options.isClean)
            return (removed, state.takeWakeup())
        }
        removed.listener?.remove()
        removed.waiter?.resume(returning: .failure(.cancelled))
        if mustWake { wakeup.wake() }
    }

    /// Starts the thread and waits for the first connection.
    /// - Throws: ``MQTTConnectionError`` if the first attempt fails; Internal `NO_THREAD`.
    func open() async throws {
        try await withCheckedThrowingContinuation { opener in
            state.withLock { state in
                state.phase = .disconnected
                state.openers.append(opener)
            }
            do {
                try OwnThread.start { MQTTLoop(self).run() }
            } catch {
                state.withLock { state in
                    state.phase = .stopped
                    state.openers = []
                }
                opener.resume(throwing: error)
            }
        }
    }

    /// Stops the thread without waiting. Waiting calls fail.
    func stop() {
        state.withLock { $0.isClosing = true }
        wakeup.wake()
    }

    /// Stops the thread and waits until it has ended.
    func close() async {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                state.isClosing = true
                if state.phase == .stopped { return true }
                state.closers.append(closer)
                return false
            }
            if hasEnded { closer.resume() } else { wakeup.wake() }
        }
    }

    /// Passes the resolved addresses to the thread.
    func finishResolving(_ result: Result<[String], MQTTConnectionError>) {
        state.withLock { $0.resolved = result }
        wakeup.wake()
    }

    /// Passes a message to its listeners.
    /// - Returns: false if it has none.
    func dispatch(_ message: MQTTMessage, numbers: [Int]) -> Bool {
        let listeners = state.withLock { state in
            let listeners = state.subscriptions.listeners(of: message.topic, numbers: numbers)
            state.heldCount += listeners.count
            state.heldSize += listeners.count * message.size
            return listeners
        }
        for listener in listeners { listener.add(message) }
        return !listeners.isEmpty
    }

    // MARK: - Internal

    /// Registers a call, or ends it at once.
    /// - Parameter body: registers the call; returns the failure if that is not possible.
    private func enter(_ waiter: MQTTState.Waiter, _ body: (inout MQTTState) -> MQTTFailure?) {
        let (failure, mustWake) = state.withLock { state -> (MQTTFailure?, Bool) in
            // Under the lock: a task cancelled from here on finds its call.
            if Task.isCancelled { return (.cancelled, false) }
            if state.isClosing || state.phase == .stopped { return (.closed, false) }
            if let failure = body(&state) { return (failure, false) }
            return (nil, state.takeWakeup())
        }
        if let failure { waiter.resume(returning: .failure(failure)) }
        // Outside the lock, which the thread needs first.
        if mustWake { wakeup.wake() }
    }

    /// Passes on messages that arrived before their listener subscribed. Under the lock, to preserve the order.
    private func claim(_ state: inout MQTTState) {
        var left = state.unclaimed
        state.unclaimed = []
        while let unclaimed = left.popFirst() {
            let listeners = state.subscriptions.listeners(of: unclaimed.message.topic, numbers: unclaimed.numbers)
            if listeners.isEmpty {
                state.unclaimed.append(unclaimed)
                continue
            }
            state.heldCount += listeners.count - 1
            state.heldSize += (listeners.count - 1) * unclaimed.message.size
            for listener in listeners { listener.add(unclaimed.message) }
        }
    }

    /// Records that a listener has accepted a message.
    private func release(_ size: Int) {
        let mustWake = state.withLock { state in
            let wasFull = state.isFull
            state.heldCount -= 1
            state.heldSize -= size
            return wasFull && !state.isFull && state.takeWakeup()
        }
        if mustWake { wakeup.wake() }
    }
}
#endif
