#if PIP_AMQP
/// An AMQP 1.0 client shared by all tasks. Tasks call this object; ``AMQPLoop`` does the I/O on its own thread.
///
/// A call is queued and wakes the thread if necessary. The thread sends queued calls, and resumes each call when the
/// broker responds.
final class AMQPEngine: AMQPClient {
    typealias Outcome = Result<AMQPOutcome, AMQPFailure>

    let options: AMQPClientOptions
    let clock: any ClockSource
    let random: any RandomSource
    let resolver: HostResolver
    let state = Locked(AMQPState())
    /// Wakes the thread.
    let wakeup: Wakeup
    /// Called by the thread.
    let onChange: @Sendable (AMQPChange) -> Void

    /// The time for which closing waits for the broker.
    static let farewell = Duration.seconds(2)

    /// Creates an engine without starting its thread.
    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init(
        _ options: AMQPClientOptions, clock: any ClockSource, random: any RandomSource,
        resolver: HostResolver = .shared, onChange: @escaping @Sendable (AMQPChange) -> Void = { _ in }
    ) throws(ApplicationError) {
        var options = options
        if options.containerId.isEmpty { options.containerId = IdGenerator.nextLong(random) }
        self.options = options
        self.clock = clock
        self.random = random
        self.resolver = resolver
        self.onChange = onChange
        wakeup = try Wakeup()
    }

    var missingReason: String? { state.withLock { $0.phase == .connected ? nil : $0.reason } }
    var queueDepth: Int { state.withLock { max(0, $0.calls.count - $0.inFlightCount) } }

    /// Starts the thread and waits for the first connection.
    /// - Throws: ``AMQPConnectionError`` if the first attempt fails; Internal `NO_THREAD`.
    func open() async throws {
        try await withCheckedThrowingContinuation { (opener: CheckedContinuation<Void, any Error>) in
            state.withLock { state in
                state.phase = .disconnected
                state.openers.append(opener)
            }
            do {
                try OwnThread.start { AMQPLoop(self).run() }
            } catch {
                let openers = state.withLock { state in
                    state.phase = .stopped
                    defer { state.openers = [] }
                    return state.openers
                }
                for opener in openers { opener.resume(throwing: error) }
            }
        }
    }

    /// Stops the thread. Waiting calls fail.
    func stop() {
        state.withLock { $0.isClosing = true }
        wakeup.wake()
    }

    func close() async {
        await withCheckedContinuation { (closer: CheckedContinuation<Void, Never>) in
            let hasEnded = state.withLock { state in
                state.isClosing = true
                if state.phase == .stopped { return true }
                state.closers.append(closer)
                return false
            }
            if hasEnded { closer.resume() } else { wakeup.wake() }
        }
    }

    func send(_ message: [UInt8], to address: String, deadline: Duration?) async -> Outcome {
        await call(.send(address: address, message), deadline: deadline)
    }

    func receive(
        from source: AMQPSource, deadline: Duration?, _ listener: AMQPListener
    ) async -> Result<any AMQPReceiver, AMQPFailure> {
        let id = state.withLock { state in
            state.lastReceiver += 1
            state.receivers[state.lastReceiver] = AMQPState.Receiver(source: source, listener: listener)
            return state.lastReceiver
        }
        switch await call(.attach(receiver: id), deadline: deadline) {
        case .success: return .success(Receiver(engine: self, id: id))
        case .failure(let failure):
            remove(receiver: id)
            return .failure(failure)
        }
    }

    // MARK: - Internal

    private struct Receiver: AMQPReceiver {
        let engine: AMQPEngine
        let id: Int

        var attachment: AMQPAttachment {
            engine.state.withLock { $0.receivers[id]?.attachment } ?? AMQPAttachment()
        }

        func add(credit: Int) {
            guard credit > 0 else { return }
            let mustWake = engine.state.withLock { state in
                state.receivers[id]?.credit += credit
                state.changed.insert(id)
                return state.takeWakeup()
            }
            if mustWake { engine.wakeup.wake() }
        }

        func drain(deadline: Duration?) async -> Outcome {
            await engine.call(.drain(receiver: id), deadline: deadline)
        }

        func settle(_ delivery: AMQPDeliveryID, _ outcome: AMQPOutcome, deadline: Duration?) async -> Outcome {
            await engine.call(.settle(delivery, outcome, receiver: id), deadline: deadline)
        }

        func close() async { engine.remove(receiver: id) }
    }

    /// Makes the thread close the link.
    private func remove(receiver id: Int) {
        let mustWake = state.withLock { state in
            state.receivers[id] = nil
            state.changed.insert(id)
            return state.takeWakeup()
        }
        if mustWake { wakeup.wake() }
    }

    private func call(_ kind: AMQPState.Call.Kind, deadline: Duration?) async -> Outcome {
        let id = state.withLock { state in
            state.lastCall += 1
            return state.lastCall
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let now = clock.uptime
                let end = min(now.adding(timeout: options.callTimeout), deadline ?? .never)
                enter(id, AMQPState.Call(kind: kind, waiter: waiter, deadline: end), now)
            }
        } onCancel: {
            // A call that is not queued yet checks for cancellation when it is queued.
            state.withLock { $0.remove(id) }?.waiter.resume(returning: .failure(.cancelled))
        }
    }

    /// Queues a call, or fails it immediately.
    private func enter(_ id: Int, _ call: AMQPState.Call, _ now: Duration) {
        let (failure, mustWake) = state.withLock { state -> (AMQPFailure?, Bool) in
            // Checked under the lock, so that a later cancellation finds the call.
            if Task.isCancelled { return (.cancelled, false) }
            if state.isClosing || state.phase == .stopped { return (.closed, false) }
            if call.deadline <= now { return (.notSent, false) }
            let count = state.calls.count
            // A call that exceeds the queue's limit is accepted if no other call waits.
            if count >= options.maxQueue || count > 0 && state.size + call.size > options.maxQueueBytes {
                return (.queueFull(calls: count, bytes: state.size), false)
            }
            state.calls[id] = call
            state.size += call.size
            state.newCalls.append(id)
            // Together with the call, which could otherwise miss the broker's response to the attach.
            if case .attach(let receiver) = call.kind { state.changed.insert(receiver) }
            state.sweepTime = min(state.sweepTime, call.deadline)
            return (nil, state.takeWakeup())
        }
        if let failure { call.waiter.resume(returning: .failure(failure)) }
        // Outside the lock, which the thread acquires first.
        if mustWake { wakeup.wake() }
    }
}
#endif
