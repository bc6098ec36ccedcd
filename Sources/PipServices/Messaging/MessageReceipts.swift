#if PIP_AWS || PIP_AZURE
/// The messages that were received and not settled, with the receipts by which the broker knows them.
///
/// Brokers do not tell a lock that has expired from a message that was settled, and SQS deletes by an old receipt without
/// an error. So the locks are kept here, by the clock of this process.
final class MessageReceipts: Sendable {
    struct Delivery: Sendable {
        var receipt: String
        let queue: ScalarText
        var end: Duration
    }

    private struct State: Sendable {
        var last = 0
        var open: [Int: Delivery] = [:]
        /// When expired ones were last removed.
        var cleaned = Duration.zero
    }

    private let state = Locked(State())
    /// Tells references of this process from those of others.
    private let id = IdGenerator.nextLong()
    /// How long an expired delivery is remembered.
    private static let memory = Duration.seconds(3600)

    /// Adds a delivery whose lock lasts until a reading of the clock.
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

    /// The receipt of a delivery that is locked.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`.
    func receipt(_ context: Context, _ reference: MessageReference, _ now: Duration) throws(ApplicationError) -> String
    {
        let number = number(reference)
        return try state.withLock { state throws(ApplicationError) in
            try Self.find(state, number, context, reference, now).receipt
        }
    }

    /// Takes a delivery that is locked out of the list.
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
    /// - Parameter receipt: the receipt that takes the place of the present one; nil if that stays valid.
    func renew(_ reference: MessageReference, until end: Duration, receipt: String? = nil) {
        guard let number = number(reference) else { return }
        state.withLock { state in
            state.open[number]?.end = end
            if let receipt { state.open[number]?.receipt = receipt }
        }
    }

    /// Forgets the deliveries of a queue that was emptied: they count as settled.
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

/// The wait for a request that may bring a message.
enum DetachedReceive {
    /// The message of a poll. If the caller is cancelled, the poll goes on, and what it brings is given back.
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
