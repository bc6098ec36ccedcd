/// Sends requests to a node of a broker, such as `$management`, and waits for their responses.
///
/// The link for responses is opened with the first request. If it is lost, waiting requests fail, and the next request
/// opens it again.
final class AMQPRequester: Sendable {
    typealias Response = Result<AMQPMessage, AMQPFailure>

    private struct State: Sendable {
        var lastRequest = 0
        var waiting: [ScalarText: CheckedContinuation<Response, Never>] = [:]
        var receiver: Task<Result<any AMQPReceiver, AMQPFailure>, Never>?
    }

    private let client: any AMQPClient
    private let address: String
    private let replyAddress: String
    private let timeout: Duration
    private let clock: any ClockSource
    private let state = Locked(State())

    /// - Parameter timeout: the time for which a request waits for its response.
    init(
        _ client: any AMQPClient, _ address: String, timeout: Duration, clock: any ClockSource,
        random: any RandomSource
    ) {
        self.client = client
        self.address = address
        self.timeout = timeout
        self.clock = clock
        replyAddress = "reply-\(IdGenerator.nextLong(random))"
    }

    /// Sends a request.
    /// - Parameter deadline: the deadline, as `uptime` of the clock.
    func request(_ message: AMQPMessage, deadline: Duration? = nil) async -> Response {
        let end = min(clock.uptime.adding(timeout: timeout), deadline ?? .never)
        if case .failure(let failure) = await receiver(until: end) { return .failure(failure) }
        let id = state.withLock { state in
            state.lastRequest += 1
            return "\(replyAddress)-\(state.lastRequest)"
        }
        var message = message
        (message.messageId, message.replyTo) = (.string(id), replyAddress)
        let sent = message.encoded
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.waiting[ScalarText(id)] = waiter
                    return false
                }
                if isCancelled { return waiter.resume(returning: .failure(.cancelled)) }
                Task { [clock] in
                    if case .failure(let failure) = await client.send(sent, to: address, deadline: end) {
                        return self.end(id, .failure(failure))
                    }
                    // The response ends the wait, but this task continues.
                    while clock.uptime < end, state.withLock({ $0.waiting[ScalarText(id)] != nil }) {
                        guard (try? await clock.sleep(for: min(end - clock.uptime, .seconds(1)))) != nil else { break }
                    }
                    self.end(id, .failure(.noAnswer))
                }
            }
        } onCancel: {
            self.end(id, .failure(.cancelled))
        }
    }

    /// Closes the link. Waiting requests fail.
    func close() async {
        let receiver = state.withLock { state in
            defer { state.receiver = nil }
            return state.receiver
        }
        lose("it is closed")
        if case .success(let receiver)? = await receiver?.value { await receiver.close() }
    }

    // MARK: - Internal

    private func end(_ id: String, _ response: Response) {
        state.withLock { $0.waiting.removeValue(forKey: ScalarText(id)) }?.resume(returning: response)
    }

    private func lose(_ reason: String) {
        let waiters = state.withLock { state in
            defer { (state.waiting, state.receiver) = ([:], nil) }
            return Array(state.waiting.values)
        }
        for waiter in waiters { waiter.resume(returning: .failure(.lost(reason))) }
    }

    private func receiver(until end: Duration) async -> Result<any AMQPReceiver, AMQPFailure> {
        let task = state.withLock { state in
            if let receiver = state.receiver { return receiver }
            let task = Task { await open(until: end) }
            state.receiver = task
            return task
        }
        let result = await task.value
        if case .failure = result {
            state.withLock { state in if state.receiver == task { state.receiver = nil } }
        }
        return result
    }

    private func open(until end: Duration) async -> Result<any AMQPReceiver, AMQPFailure> {
        var source = AMQPSource(address: address)
        source.target = replyAddress
        (source.prefetch, source.isPresettled, source.isRenewed) = (100, true, false)
        let own = Locked<(any AMQPReceiver)?>(nil)
        let listener = AMQPListener(
            onDelivery: { [weak self] delivery in
                if !delivery.isSettled, let receiver = own.current {
                    Task { _ = await receiver.settle(delivery.id, .accepted, deadline: nil) }
                }
                self?.accept(delivery)
            },
            onLoss: { [weak self] in self?.lose($0) },
            onEnd: { [weak self] failure in
                guard case .lost(let reason) = failure else {
                    self?.lose("the broker ended the link")
                    return
                }
                self?.lose(reason)
            })
        let result = await client.receive(from: source, deadline: end, listener)
        if case .success(let receiver) = result { own.withLock { $0 = receiver } }
        return result
    }

    private func accept(_ delivery: AMQPDelivery) {
        guard let message = try? AMQPMessage(delivery.message), let id = message.correlationId.text else { return }
        end(id, .success(message))
    }
}
