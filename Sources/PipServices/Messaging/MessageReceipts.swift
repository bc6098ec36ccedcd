#if PIP_AWS || PIP_AZURE
/// The unsettled received messages, with their receipts from the broker.
///
/// Brokers do not distinguish an expired lock from a settled message, and SQS accepts an old receipt for a deletion.
/// Locks are therefore tracked here, by the local clock.
final class MessageReceipts: Sendable {
    struct Delivery: Sendable {
        var receipt: String
        let queue: ScalarText
        var end: Duration
    }

    private struct State: Sendable {
        var last = 0
        var open: [Int: Delivery] = [:]
        /// The time of the last removal of expired deliveries.
        var cleaned = Duration.zero
    }

    private let state = Locked(State())
    /// Distinguishes references of this instance from others.
    private let id = IdGenerator.nextLong()
    /// The time for which an expired delivery is remembered.
    private static let memory = Duration.seconds(3600)

    /// Adds a delivery whose lock expires at `end`.
    func add(_ receipt: String, queue: String, until end: Duration, now: Duration) -> MessageReference {
        let number = state.withLock { state in
            if now - state.cleaned > .seconds(60) {
                state.cleaned = now
                state.open = state.open.filter { $0.value.end + Self.memory > now }
            }
            state.last += 1
            state.open[state.last] = Delivery(receipt: receipt, queue: ScalarText(queue), end: end)
            return state.last
        }
        return MessageReference(queue: queue, token: "\(id)-\(number)")
    }

    /// Returns the receipt of a locked delivery.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`.
    func receipt(_ context: Context, _ reference: MessageReference, _ now: Duration) throws(ApplicationError) -> String
    {
        let number = number(reference)
        return try state.withLock { state throws(ApplicationError) in
            try Self.find(state, number, context, reference, now).receipt
        }
    }

    /// Removes and returns a locked delivery.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`.
    func take(_ context: Context, _ reference: MessageReference, _ now: Duration) throws(ApplicationError) -> Delivery {
        let number = number(reference)
        return try state.withLock { state throws(ApplicationError) in
            let delivery = try Self.find(state, number, context, reference, now)
            if let number { state.open[number] = nil }
            return delivery
        }
    }

    /// Puts back a delivery that could not be settled.
    func restore(_ delivery: Delivery, _ reference: MessageReference) {
        guard let number = number(reference) else { return }
        state.withLock { $0.open[number] = delivery }
    }

    /// Extends a lock.
    /// - Parameter receipt: the new receipt; nil if the current one stays valid.
    func renew(_ reference: MessageReference, until end: Duration, receipt: String? = nil) {
        guard let number = number(reference) else { return }
        state.withLock { state in
            state.open[number]?.end = end
            if let receipt { state.open[number]?.receipt = receipt }
        }
    }

    /// Removes the deliveries of a cleared queue, which then count as settled.
    func removeAll(of queue: String) {
        let name = ScalarText(queue)
        state.withLock { state in state.open = state.open.filter { $0.value.queue != name } }
    }

    // MARK: - Internal

    private static func find(
        _ state: State, _ number: Int?, _ context: Context, _ reference: MessageReference, _ now: Duration
    ) throws(ApplicationError) -> Delivery {
        guard let number, number <= state.last else { throw .lockExpired(context, reference.queue) }
        guard let delivery = state.open[number] else { throw .alreadySettled(context, reference.queue) }
        guard delivery.end > now else { throw .lockExpired(context, reference.queue) }
        return delivery
    }

    private func number(_ reference: MessageReference) -> Int? {
        reference.token.dropping(prefix: id + "-").flatMap { Int($0) }
    }
}

/// Waits for a request that may return a message.
enum DetachedReceive {
    /// Returns the message of a poll. If the caller is cancelled, the poll continues, and a message that it returns is
    /// passed to `giveBack`.
    static func value(
        of poll: Task<MessageEnvelope?, any Error>,
        giveBack: @escaping @Sendable (MessageEnvelope) async -> Void
    ) async throws -> MessageEnvelope? {
        let (ends, end) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let isTaken = Locked<Bool?>(nil)
        let waiter = Task.detached {
            let result = await poll.result
            let isLate = isTaken.withLock { isTaken in
                if isTaken == nil { isTaken = true }
                return isTaken == false
            }
            end.yield()
            if isLate, case .success(let message?) = result { await giveBack(message) }
        }
        var iterator = ends.makeAsyncIterator()
        // A cancelled caller receives nil from the stream.
        if await iterator.next() != nil { return try await poll.value }
        let isLate = isTaken.withLock { isTaken in
            if isTaken == nil { isTaken = false }
            return isTaken == false
        }
        if isLate { throw CancellationError() }
        await waiter.value
        return try await poll.value
    }
}
#endif
