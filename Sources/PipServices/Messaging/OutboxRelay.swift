import FoundationEssentials

/// Sends the messages of an ``Outbox`` to the queues that they are for, while the service runs.
///
/// ```yaml
/// - descriptor: pip-services:outbox-relay:default:default:1.0
///   dependencies: { outbox: beacons:persistence:*:*:1.0 }
/// ```
/// The destination of a message is the name of a queue of the service. Messages of one destination are sent in the
/// order in which they were stored. A message that cannot be sent stays in the outbox, with those behind it for the
/// same destination, and is sent again later. It may be sent twice, with the same id. Run one relay for an outbox.
///
/// There is no counterpart in the toolkit.
public final class OutboxRelay: Component, Edge {
    private let interval = Setting(
        "options.interval", default: Duration.seconds(1), in: Duration.milliseconds(1)...,
        "How often the outbox is read, in ms")
    private let batchSize = Setting(
        "options.batch_size", default: 100, in: 1...100_000, "How many messages are read at once")
    private let outbox = Dependency<any Outbox>("outbox", "*:persistence:*:*:1.0")
    private let queues = Dependencies<any MessageQueue>("queues", "*:message-queue:*:*:1.0")
    private let logger = CompositeLogger()
    private let clock = ClockSlot()

    private struct State: Sendable {
        var isStopping = false
        /// The destinations that fail; an empty name stands for the outbox.
        var failing: Set<ScalarText> = []
        var work: Task<Void, Never>?
        var pause: Task<Void, any Error>?
    }

    private let state = Locked(State())

    /// Creates a relay.
    public init() {}

    /// True while the relay works.
    public var isOpen: Bool { state.withLock { $0.work != nil } }

    /// True from the beginning of ``drain(_:)`` on: to know, in tests, that it has begun.
    var isDraining: Bool { state.withLock { $0.isStopping } }

    /// Does nothing: messages are sent from ``startAccepting(_:)`` on.
    public func open(_ context: Context) async throws {}

    /// Starts sending.
    public func startAccepting(_ context: Context) async throws {
        state.withLock { state in
            guard state.work == nil else { return }
            state = State()
            state.work = Task { [weak self] in
                while let self, !Task.isCancelled, !self.state.withLock({ $0.isStopping }) {
                    if await self.relayOrLog() == 0 { await self.rest() }
                }
            }
        }
    }

    /// Sends what waits in the outbox, at most one batch. A destination that fails is logged when it begins to fail.
    ///
    /// If all messages of a batch are for destinations that fail, those behind them are looked at too, at most 100
    /// batches of them.
    /// - Returns: how many messages were sent.
    /// - Throws: what the outbox throws.
    @discardableResult
    public func relay(_ context: Context) async throws -> Int {
        let batch = batchSize()
        var failed: Set<ScalarText> = []
        var count = batch
        while true {
            let waiting = try await outbox().getUnsent(context, count)
            let sent = await send(context, waiting, batch, &failed)
            if !sent.isEmpty { try await markSent(context, sent) }
            guard sent.isEmpty, waiting.count >= count, count < batch * 100, !mustStop else { return sent.count }
            count *= 2
        }
    }

    /// Stops sending after the message in flight.
    public func drain(_ context: Context) async {
        let (work, pause) = state.withLock { state in
            state.isStopping = true
            return (state.work, state.pause)
        }
        pause?.cancel()
        await withTaskCancellationHandler {
            await work?.value
        } onCancel: {
            work?.cancel()
        }
    }

    /// Ends what ``drain(_:)`` has left.
    public func close(_ context: Context) async throws {
        state.withLock { $0.work }?.cancel()
        await drain(context)
        state.withLock { $0.work = nil }
    }

    // MARK: - Internal

    private var mustStop: Bool { Task.isCancelled || state.withLock { $0.isStopping } }

    /// Sends messages, at most `limit`, and returns the ids of those that were sent.
    private func send(
        _ context: Context, _ messages: [OutboxMessage], _ limit: Int, _ failed: inout Set<ScalarText>
    ) async -> [String] {
        var sent: [String] = []
        for message in messages where !failed.contains(ScalarText(message.destination)) {
            guard sent.count < limit, !mustStop else { break }
            do {
                let operation = Context(traceId: message.traceId)
                var envelope = try MessageEnvelope(
                    operation, message.type, encoding: message.payload, group: message.group)
                envelope.messageId = message.id
                try await queues.named(operation, message.destination).send(operation, envelope)
                sent.append(message.id)
                note(context, message.destination, nil)
            } catch {
                if Task.isCancelled { break }
                failed.insert(ScalarText(message.destination))
                note(context, message.destination, error)
            }
        }
        return sent
    }

    /// In a task of its own: that the caller was cancelled must not let messages be sent twice.
    private func markSent(_ context: Context, _ ids: [String]) async throws {
        let outbox = try outbox()
        try await Task { try await outbox.markSent(context, ids) }.value
    }

    private func relayOrLog() async -> Int {
        do {
            let count = try await relay(.empty)
            note(.empty, nil, nil)
            return count
        } catch is CancellationError {
            return 0
        } catch {
            note(.empty, nil, error)
            return 0
        }
    }

    /// Logs when a destination, or with nil the outbox, begins to fail and when it works again.
    private func note(_ context: Context, _ destination: String?, _ error: (any Error)?) {
        let key = ScalarText(destination ?? "")
        let hasChanged = state.withLock { state in
            error == nil ? state.failing.remove(key) != nil : state.failing.insert(key).inserted
        }
        guard hasChanged else { return }
        let name = destination.map { "the queue '\($0)'" } ?? "the outbox"
        if let error {
            logger.error(context, error: error, "Messages of \(name) can't be sent now; they stay in the outbox")
        } else {
            logger.info(context, "Messages of \(name) can be sent again")
        }
    }

    private func rest() async {
        let pause = state.withLock { state -> Task<Void, any Error>? in
            guard !state.isStopping else { return nil }
            let pause = Task { [clock, interval] in
                try await clock.sleep(for: interval().asSleep)
            }
            state.pause = pause
            return pause
        }
        await withTaskCancellationHandler {
            _ = await pause?.result
        } onCancel: {
            pause?.cancel()
        }
    }
}
