/// Receives messages from a queue and passes them to a receiver until it is stopped.
final class MessageConsumer: Sendable {
    private struct State: Sendable {
        var isStopping = false
        var workers: [Task<Void, Never>] = []
        /// The pending receive of each worker. A stop cancels it, but not the handling of a message.
        var receives: [Int: Task<MessageEnvelope?, any Error>] = [:]
        var running = 0
    }

    private let queue: any MessageQueue
    private let receiver: any MessageReceiver
    private let concurrency: Int
    private let wait: Duration
    private let clock: any ClockSource
    private let random: any RandomSource
    private let logger: CompositeLogger
    private let state = Locked(State())

    init(
        _ queue: any MessageQueue, _ receiver: any MessageReceiver, concurrency: Int, wait: Duration,
        clock: any ClockSource, random: any RandomSource, logger: CompositeLogger
    ) {
        self.queue = queue
        self.receiver = receiver
        self.concurrency = min(max(1, concurrency), 10_000)
        self.wait = wait
        self.clock = clock
        self.random = random
        self.logger = logger
    }

    /// True after ``stop()``.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// True after all workers have ended.
    var isStopped: Bool { state.withLock { $0.isStopping && $0.running == 0 } }

    func start(_ context: Context) {
        state.withLock { state in
            guard !state.isStopping, state.workers.isEmpty else { return }
            state.running = concurrency
            state.workers = (0..<concurrency).map { number in
                Task {
                    await run(context, number)
                    self.state.withLock { state in
                        state.running -= 1
                        // The queue was closed.
                        if state.running == 0 { state.isStopping = true }
                    }
                }
            }
        }
    }

    /// Stops receiving messages. Messages in flight are still handled.
    func stop() {
        let receives = state.withLock { state in
            state.isStopping = true
            return Array(state.receives.values)
        }
        for receive in receives { receive.cancel() }
    }

    /// Cancels the messages in flight, which return to the queue.
    func cancel() {
        stop()
        for worker in state.withLock({ $0.workers }) { worker.cancel() }
    }

    /// Waits for the messages in flight after a ``stop()``. Cancellation of the task cancels them.
    func waitUntilStopped() async {
        let workers = state.withLock { $0.workers }
        await withTaskCancellationHandler {
            for worker in workers { await worker.value }
        } onCancel: {
            cancel()
        }
    }

    // MARK: - Internal

    private static let backOff = RetryPolicy(delay: .seconds(1), maxDelay: .seconds(30))

    private func run(_ context: Context, _ number: Int) async {
        var failures = 0
        while let receive = startReceive(context, number) {
            do {
                let message = try await receive.value
                if failures > 0 { logger.info(context, "Messages of \(queue.name) can be received again") }
                failures = 0
                guard let message else { continue }
                let (queue, receiver) = (queue, receiver)
                _ = await queue.handle(context, message) { context, message in
                    try await receiver.receiveMessage(context, message, queue)
                }
            } catch let error as ApplicationError where error.code == "NOT_OPENED" {
                let isNews = state.withLock { state in
                    defer { state.isStopping = true }
                    return !state.isStopping
                }
                if isNews {
                    logger.warn(
                        context, "The queue \(queue.name) was closed, and its messages are not handled any more")
                }
                return
            } catch is CancellationError where isStopping || Task.isCancelled {
                return
            } catch {
                if failures == 0 {
                    logger.error(context, error: error, "Messages of \(queue.name) can't be received now")
                }
                await pause(context, number, failures)
                failures += 1
            }
        }
    }

    /// Waits for the next message in a task that ``stop()`` can cancel; nil after a stop.
    private func startReceive(_ context: Context, _ number: Int) -> Task<MessageEnvelope?, any Error>? {
        begin(number) { [queue, wait] in try await queue.receive(context, waitTimeout: wait) }
    }

    private func pause(_ context: Context, _ number: Int, _ failures: Int) async {
        let delay = Self.backOff.pause(before: failures, random)
        _ = await begin(number) { [clock] in
            try await clock.sleep(for: delay)
            return nil
        }?.result
    }

    private func begin(
        _ number: Int, _ body: @escaping @Sendable () async throws -> MessageEnvelope?
    ) -> Task<MessageEnvelope?, any Error>? {
        state.withLock { state in
            guard !state.isStopping, !Task.isCancelled else { return nil }
            let task = Task { try await body() }
            state.receives[number] = task
            return task
        }
    }
}
