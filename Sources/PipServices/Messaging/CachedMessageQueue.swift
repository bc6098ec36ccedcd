/// A queue on a ``MessageTransport`` (the toolkit's `CachedMessageQueue`). Messages that the broker pushes are kept in
/// a local buffer, which adds locks, redelivery and dead letters as in any other queue.
///
/// A message is acknowledged to the broker when it is completed or dead-lettered. The buffer holds `options.max_size`
/// messages; while it is full, the transport waits.
public final class CachedMessageQueue: ConnectorMessageQueue {
    private let connector: CachedMessageConnector
    private let transportSlot: ConnectorSlot<any MessageTransport>
    /// The queue's implementation.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    ///
    /// - Parameters:
    ///   - name: the queue's name; the setting `queue` or `name` replaces it.
    ///   - transport: the broker. A transport that is a component becomes a child of the queue: it is configured from
    ///     the queue's section, and opened and closed with the queue.
    public init(_ name: String, _ transport: any MessageTransport) {
        let connector = CachedMessageConnector(transport)
        self.connector = connector
        transportSlot = ConnectorSlot(transport)
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }
}

// MARK: - Internal

/// A connector that keeps the messages of a transport in memory.
final class CachedMessageConnector: MessageConnector, Component {
    private let autosubscribe = Setting(
        "options.autosubscribe", default: false,
        "True to subscribe when the queue is opened, instead of when a message is first requested")
    private let buffer = MemoryMessageConnection()
    private let clock = ClockSlot()
    private let transport: @Sendable () -> any MessageTransport
    private let limit: @Sendable () -> Int

    private struct State: Sendable {
        var addresses: [ScalarText: MessageAddress] = [:]
        var subscriptions: [ScalarText: Task<Void, any Error>] = [:]
    }

    private let state = Locked(State())

    /// - Parameter limit: the maximum number of messages, if less than the queue's own limit.
    init(_ transport: any MessageTransport, limit: @escaping @Sendable () -> Int = { .max }) {
        self.transport = { transport }
        self.limit = limit
    }

    var capabilities: MessagingCapabilities {
        var capabilities = MessagingCapabilities.all(isDurable: false)
        // Only the local buffer can be counted.
        capabilities.canMessageCount = false
        return capabilities
    }

    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        let address = options.topic.map { MessageAddress.topic($0) } ?? .queue(queue)
        var options = options
        options.maxSize = min(options.maxSize, limit())
        try await buffer.subscribe(context, queue, options)
        state.withLock { $0.addresses[ScalarText(queue)] = address }
        if autosubscribe() { try await subscribeOnce(context, queue) }
    }

    /// Ends the subscription and drops unhandled messages. They are not acknowledged, so the broker delivers them
    /// again.
    func unsubscribe(_ context: Context, _ queue: String) async throws {
        let (address, subscription) = state.withLock { state in
            (
                state.addresses.removeValue(forKey: ScalarText(queue)),
                state.subscriptions.removeValue(forKey: ScalarText(queue))
            )
        }
        // First, because a transport that waits for space must not block closing.
        try await buffer.unsubscribe(context, queue)
        var failure: (any Error)?
        if let subscription, let address, (try? await subscription.value) != nil {
            do { try await transport().unsubscribe(context, address) } catch { failure = error }
        }
        try await buffer.clear(context, queue)
        if let failure { throw failure }
    }

    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        var context = context
        // Does not wait here: with zero, the transport applies its own timeout.
        if timeout > .zero {
            let end = clock.uptime.adding(timeout: timeout)
            context.deadline = context.deadline.map { min($0, end) } ?? end
        }
        try await transport().publish(context, message, to: address)
    }

    func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        try await subscribeOnce(context, queue)
        return try await buffer.receive(context, queue, wait: wait, lock: lock)
    }

    func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        try await buffer.settle(context, message, reference, settlement)
        switch settlement {
        case .complete, .deadLetter:
            // A replayed dead letter no longer belongs to the broker.
            guard let origin = message.origin else { return }
            var original = message
            original.reference = origin
            try await transport().acknowledge(context, original)
        case .abandon, .renew: break
        }
    }

    func readCount(_ context: Context, _ queue: String) async throws -> Int {
        try await buffer.readCount(context, queue)
    }

    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        try await subscribeOnce(context, queue)
        return try await buffer.peek(context, queue, limit)
    }

    func clear(_ context: Context, _ queue: String) async throws {
        // Removes only the current messages, because others may keep arriving.
        for _ in 0..<(try await buffer.readCount(context, queue)) {
            guard let message = try await buffer.receive(context, queue, wait: .zero, lock: .seconds(30)),
                let reference = message.reference
            else { break }
            try await settle(context, message, reference, .complete)
        }
        try await buffer.clear(context, queue)
    }

    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        try await buffer.readDeadLetters(context, queue, limit)
    }

    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await buffer.replayDeadLetters(context, queue, ids: ids)
    }

    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await buffer.removeDeadLetters(context, queue, ids: ids)
    }

    /// Subscribes once. After an error, the next call tries again.
    private func subscribeOnce(_ context: Context, _ queue: String) async throws {
        let subscription = state.withLock { state -> Task<Void, any Error>? in
            if let subscription = state.subscriptions[ScalarText(queue)] { return subscription }
            guard let address = state.addresses[ScalarText(queue)] else { return nil }
            let (transport, buffer) = (transport(), buffer)
            let task = Task {
                try await transport.subscribe(context, address) { message in
                    var message = message
                    (message.origin, message.reference) = (message.reference, nil)
                    // The transport waits as long as the buffer is full.
                    try await buffer.publish(context, message, to: .queue(queue), timeout: .never)
                }
            }
            state.subscriptions[ScalarText(queue)] = task
            return task
        }
        guard let subscription else { return }
        do {
            try await subscription.value
        } catch {
            state.withLock { state in
                if state.subscriptions[ScalarText(queue)] == subscription {
                    state.subscriptions[ScalarText(queue)] = nil
                }
            }
            throw error
        }
    }
}
