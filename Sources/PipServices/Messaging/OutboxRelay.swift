import FoundationEssentials

/// Sends the messages of an ``Outbox`` to their queues while the service runs.
///
/// ```yaml
/// - descriptor: pip-services:outbox-relay:default:default:1.0
///   dependencies: { outbox: beacons:persistence:*:*:1.0 }
/// ```
/// The destination of a message is the name of one of the service's queues. Messages for one destination are sent in
/// the order of storage. If a message cannot be sent, it and later messages for the same destination stay in the outbox
/// and are retried. A message may be sent twice, with the same id. Run only one relay per outbox.
///
/// There is no counterpart in the toolkit.
public final class OutboxRelay: Component, Edge {
    private let interval = Setting(
        "options.interval", default: Duration.seconds(1), in: Duration.milliseconds(1)...,
        "The interval at which the outbox is read, in ms")
    private let batchSize = Setting(
        "options.batch_size", default: 100, in: 1...100_000, "The maximum number of messages read at once")
    private let outbox = Dependency<any Outbox>("outbox", "*:persistence:*:*:1.0")
    private let queues = Dependencies<any MessageQueue>("queues", "*:message-queue:*:*:1.0")
    private let logger = CompositeLogger()
    private let clock = ClockSlot()

    private struct State: Sendable {
        var isStopping = false
        /// The failing destinations; an empty name stands for the outbox.
        var failing: Set<ScalarText> = []
        var work: Task<Void, Never>?
        var pause: Task<Void, any Error>?
    }

    private let state = Locked(State())

    /// Creates a relay.
    public init() {}

    /// True while the relay is running.
    public var isOpen: Bool { state.withLock { $0.work != nil } }

    /// True after ``drain(_:)`` has begun; for tests.
    var isDraining: Bool { state.withLock { $0.isStopping } }

    /// Does nothing: sending starts with ``startAccepting(_:)``.
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

    /// Sends at most one batch of messages from the outbox. A failing destination is logged once.
    ///
    /// If all messages of a batch are for failing destinations, later batches are checked too, at most 100.
    /// - Returns: the number of messages sent.
    /// - Throws: errors of the outbox.
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

    /// Cancels the work that ``drain(_:)`` has not finished.
    public func close(_ context: Context) async throws {
        state.withLock { $0.work }?.cancel()
        await drain(context)
        state.withLock { $0.work = nil }
    }

    // MARK: - Internal

    private var mustStop: Bool { Task.isCancelled || state.withLock { $0.isStopping } }

    /// Sends at most `limit` messages and returns the ids of those sent.
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

    /// In a separate task, because a cancelled caller must not cause messages to be sent twice.
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

    /// Logs when a destination, or the outbox (nil), starts failing and when it recovers.
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
