import FoundationEssentials
internal import OrderedCollections

/// One queue in memory: a ``MessageStore`` with the calls that wait for messages or for space.
///
/// Waiting calls are served in order of arrival and woken without polling.
final class MemoryQueue: Sendable {
    /// A waiting call. It is resumed with nil at its timeout.
    private struct Waiter<Request: Sendable, Response: Sendable> {
        let request: Request
        let continuation: CheckedContinuation<Response?, any Error>
        let timer: Task<Void, Never>
    }

    private typealias Waiters<Request: Sendable, Response: Sendable> = OrderedDictionary<
        Int, Waiter<Request, Response>
    >

    /// A message locked for a receiver.
    private typealias Taken = (number: Int64, message: MessageEnvelope)

    private struct State {
        var store: MessageStore
        var options: MessageQueueOptions
        /// The number of subscriptions. When it becomes zero, waiting calls end.
        var users = 0
        var isClosed = false
        /// Calls waiting for a message, with the requested lock time.
        var receivers: Waiters<Duration, Taken> = [:]
        /// Calls waiting for space, which receive a message number.
        var senders: Waiters<Void, Int64> = [:]
        var lastTicket = 0
        /// Wakes the first receiver when a lock or a delay expires.
        var timer: (end: Duration, task: Task<Void, Never>)?
    }

    let name: String
    private let clock: any ClockSource
    private let logger: CompositeLogger
    private let journal: (any MessageJournal)?
    private let state: Locked<State>

    init(
        _ name: String, _ options: MessageQueueOptions, _ clock: any ClockSource, _ logger: CompositeLogger,
        _ journal: (any MessageJournal)?, _ stored: [JournaledMessage] = []
    ) {
        self.name = name
        self.clock = clock
        self.logger = logger
        self.journal = journal
        var store = MessageStore(name)
        for stored in stored {
            if let failure = stored.failure {
                store.restore(
                    stored.number, DeadLetter(message: stored.message, error: failure.error, time: failure.time))
            } else {
                store.restore(stored.number, stored.message)
            }
        }
        state = Locked(State(store: store, options: options))
    }

    /// Adds a subscription with these options.
    func open(_ options: MessageQueueOptions) {
        state.withLock { state in
            state.options = options
            state.users += 1
            state.isClosed = false
        }
        serve(.empty)
    }

    /// Removes one or all subscriptions. With the last one, waiting calls fail with InvalidState `NOT_OPENED`.
    func close(_ context: Context, all: Bool = false) {
        let (receivers, senders) = state.withLock { state -> (Waiters<Duration, Taken>, Waiters<Void, Int64>) in
            state.users = all ? 0 : max(0, state.users - 1)
            guard state.users == 0 else { return ([:], [:]) }
            defer { (state.receivers, state.senders) = ([:], [:]) }
            state.isClosed = true
            return (state.receivers, state.senders)
        }
        let error = ApplicationError.queueNotOpened(context, name)
        for waiter in receivers.values { end(waiter, .failure(error)) }
        for waiter in senders.values { end(waiter, .failure(error)) }
        // The timer for locks and delays is needed only while a call waits.
        serve(context)
    }

    var options: MessageQueueOptions { state.withLock { $0.options } }

    /// The number of messages waiting to be received.
    var count: Int { state.withLock { $0.store.count } }

    /// The number of waiting calls; for tests.
    var waiterCount: Int { state.withLock { $0.receivers.count + $0.senders.count } }

    // MARK: - Sending

    func send(_ context: Context, _ message: MessageEnvelope, timeout: Duration) async throws {
        let number = try await reserve(context, timeout)
        var message = message
        (message.reference, message.deliveryCount) = (nil, 0)
        do {
            try await journal?.append(context, [.put(JournaledMessage(number: number, message: message))])
        } catch {
            state.withLock { $0.store.release() }
            serve(context)
            throw error
        }
        let stored = message
        state.withLock { $0.store.add(number, stored) }
        serve(context)
    }

    /// Waits for space and reserves it.
    private func reserve(_ context: Context, _ timeout: Duration) async throws -> Int64 {
        let free = state.withLock { state in
            state.senders.isEmpty ? state.store.reserve(state.options.maxSize) : nil
        }
        if let free { return free }
        let full = ApplicationError.queueFull(context, name, options.maxSize)
        guard timeout > .zero else { throw full }
        guard let number = try await wait(context, in: \.senders, for: timeout, ()) else { throw full }
        return number
    }

    /// Adds a message pushed by a broker, without waiting for space, because the broker limits the number of pushed
    /// messages. The message keeps its delivery count, and becomes receivable after the delay.
    func push(_ message: MessageEnvelope, delay: Duration) {
        let now = clock.uptime
        state.withLock { $0.store.push(message, until: delay > .zero ? now.adding(timeout: delay) : nil) }
        serve(.empty)
    }

    // MARK: - Receiving

    func receive(_ context: Context, wait: Duration, lock: Duration) async throws -> MessageEnvelope? {
        guard let (number, message) = try await take(context, wait, lock) else { return nil }
        do {
            // Stored before delivery, so that a message that crashes the process each time is eventually dead-lettered.
            try await journal?.append(context, [.delivered(number, count: message.deliveryCount)])
        } catch {
            logger.warn(context, "The delivery count of a message of the queue '\(name)' can't be stored: \(error)")
        }
        return message
    }

    private func take(_ context: Context, _ wait: Duration, _ lock: Duration) async throws -> Taken? {
        serve(context)
        let now = clock.uptime
        if let taken = state.withLock({ $0.store.take(at: now, lock: lock) }) { return taken }
        guard wait > .zero else { return nil }
        return try await self.wait(context, in: \.receivers, for: wait, lock)
    }

    func peek(_ context: Context, _ limit: Int) -> [MessageEnvelope] {
        serve(context)
        return state.withLock { $0.store.peek(limit) }
    }

    // MARK: - Settling

    func settle(_ context: Context, _ reference: MessageReference, _ settlement: MessageSettlement) async throws {
        serve(context)
        defer { serve(context) }
        let settling = try state.withLock { state throws(ApplicationError) in
            try state.store.begin(context, reference)
        }
        let now = clock.uptime
        switch settlement {
        case .renew(let duration): state.withLock { $0.store.renew(settling, until: now.adding(timeout: duration)) }
        case .abandon(let delay):
            state.withLock { $0.store.abandon(settling, until: now.adding(timeout: delay), at: now) }
        case .complete:
            try await store(context, [.remove(settling.number)], orReturn: settling)
            state.withLock { $0.store.complete(settling) }
        case .deadLetter(let error):
            guard var message = state.withLock({ $0.store.message(settling) }) else { return }
            // The original broker delivery is acknowledged now; the broker does not know the replayed message.
            (message.reference, message.origin) = (nil, nil)
            let letter = DeadLetter(message: message, error: error, time: clock.now)
            try await store(context, [.put(JournaledMessage(settling.number, letter))], orReturn: settling)
            state.withLock { $0.store.bury(settling, letter) }
            await dropExcess(context)
        }
    }

    /// Settles a message with a broker operation. If that fails, the message stays locked.
    func settle(
        _ context: Context, _ reference: MessageReference, by body: (MessageEnvelope) async throws -> Void
    ) async throws {
        serve(context)
        defer { serve(context) }
        let settling = try state.withLock { state throws(ApplicationError) in
            try state.store.begin(context, reference)
        }
        do {
            if let message = state.withLock({ $0.store.message(settling) }) { try await body(message) }
        } catch {
            state.withLock { $0.store.rollback(settling) }
            throw error
        }
        state.withLock { $0.store.complete(settling) }
    }

    private func store(
        _ context: Context, _ changes: [MessageChange], orReturn settling: MessageStore.Settling
    ) async throws {
        do {
            try await journal?.append(context, changes)
        } catch {
            state.withLock { $0.store.rollback(settling) }
            throw error
        }
    }

    /// Removes the oldest dead letters above the limit.
    private func dropExcess(_ context: Context) async {
        let excess = state.withLock { $0.store.takeExcess($0.options.maxDeadLetters) }
        guard !excess.isEmpty else { return }
        do {
            try await journal?.append(context, excess.map { .remove($0.number) })
        } catch {
            // They are dropped with the next dead letter.
            state.withLock { $0.store.putBack(excess) }
            return logger.warn(context, "Dead letters of the queue '\(name)' can't be dropped now: \(error)")
        }
        for (_, letter) in excess {
            logger.error(
                context,
                "The queue '\(name)' has more dead letters than 'options.max_dead_letters', and drops the oldest",
                ["queue": .string(name), "message_id": .string(letter.message.messageId)])
        }
    }

    // MARK: - Dead letters

    func readDeadLetters(_ limit: Int) -> [DeadLetter] { state.withLock { $0.store.deadLetters(limit) } }

    func replayDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        let stored = try await changeDeadLetters(context, ids) { number, letter in
            var message = letter.message
            message.deliveryCount = 0
            return MessageChange.put(JournaledMessage(number: number, message: message))
        }
        state.withLock { state in
            for case .put(let stored) in stored { state.store.restore(stored.number, stored.message) }
        }
        serve(context)
        return stored.count
    }

    func removeDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        try await changeDeadLetters(context, ids) { number, _ in .remove(number) }.count
    }

    /// Removes dead letters, so that only this caller uses them, and stores the change.
    private func changeDeadLetters(
        _ context: Context, _ ids: [String]?, _ change: (Int64, DeadLetter) -> MessageChange
    ) async throws -> [MessageChange] {
        let letters = state.withLock { $0.store.takeDeadLetters(ids: ids) }
        guard !letters.isEmpty else { return [] }
        let changes = letters.map(change)
        do {
            try await journal?.append(context, changes)
        } catch {
            state.withLock { $0.store.putBack(letters) }
            throw error
        }
        return changes
    }

    /// Removes the messages that are in the queue when the call begins.
    func clear(_ context: Context) async throws {
        let numbers = state.withLock { $0.store.numbers }
        try await journal?.append(context, numbers.map { .remove($0) })
        state.withLock { $0.store.remove(numbers) }
        serve(context)
    }

    /// Removes and returns all messages, including locked ones.
    func takeAll() -> [MessageEnvelope] {
        state.withLock { state in
            let messages = state.store.messages
            state.store.remove(state.store.numbers)
            return messages
        }
    }

    /// Drops all messages and counts their locks as expired. A broker delivers them again.
    func drop() { state.withLock { $0.store.drop() } }

    /// The number of messages, including locked ones.
    var size: Int { state.withLock { $0.store.size } }

    // MARK: - Internal

    /// Waits to be served; nil after the timeout.
    private func wait<Request: Sendable, Response: Sendable>(
        _ context: Context, in waiters: WritableKeyPath<State, Waiters<Request, Response>> & Sendable,
        for timeout: Duration, _ request: Request
    ) async throws -> Response? {
        // The ticket is only known inside the continuation; a cancellation may come before or after that.
        let ticket = Locked<Int?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal = state.withLock { state -> (any Error)? in
                    if Task.isCancelled { return CancellationError() }
                    if state.isClosed { return ApplicationError.queueNotOpened(context, name) }
                    state.lastTicket += 1
                    let number = state.lastTicket
                    ticket.withLock { $0 = number }
                    let timer = Task { [weak self, clock] in
                        guard (try? await clock.sleep(for: timeout.asSleep)) != nil else { return }
                        self?.giveUp(waiters, number, .success(nil))
                    }
                    state[keyPath: waiters][number] = Waiter(
                        request: request, continuation: continuation, timer: timer)
                    return nil
                }
                if let refusal { continuation.resume(throwing: refusal) } else { serve(context) }
            }
        } onCancel: {
            let number = state.withLock { _ in ticket.current }
            if let number { giveUp(waiters, number, .failure(CancellationError())) }
        }
    }

    private func giveUp<Request: Sendable, Response: Sendable>(
        _ waiters: WritableKeyPath<State, Waiters<Request, Response>> & Sendable, _ ticket: Int,
        _ result: Result<Response?, any Error>
    ) {
        guard let waiter = state.withLock({ $0[keyPath: waiters].removeValue(forKey: ticket) }) else { return }
        end(waiter, result)
        // The timer for locks and delays is needed only while a call waits.
        serve(.empty)
    }

    private func end<Request: Sendable, Response: Sendable>(
        _ waiter: Waiter<Request, Response>, _ result: Result<Response?, any Error>
    ) {
        waiter.timer.cancel()
        waiter.continuation.resume(with: result)
    }

    /// Serves waiting calls and sets the timer for the next end of a lock or a delay.
    private func serve(_ context: Context) {
        let now = clock.uptime
        let (expired, received, sent) = state.withLock { state in
            let expired = state.store.advance(to: now)
            var received: [(Waiter<Duration, Taken>, Taken)] = []
            while let ticket = state.receivers.keys.first, let lock = state.receivers[ticket]?.request,
                let taken = state.store.take(at: now, lock: lock),
                let receiver = state.receivers.removeValue(forKey: ticket)
            {
                received.append((receiver, taken))
            }
            var sent: [(Waiter<Void, Int64>, Int64)] = []
            while let ticket = state.senders.keys.first, let number = state.store.reserve(state.options.maxSize),
                let sender = state.senders.removeValue(forKey: ticket)
            {
                sent.append((sender, number))
            }
            setTimer(&state)
            return (expired, received, sent)
        }
        if expired > 0 {
            logger.warn(
                context, "Locks of messages of the queue '\(name)' expired; the messages are delivered again",
                ["queue": .string(name), "count": .integer(Int64(expired))])
        }
        for (receiver, taken) in received { end(receiver, .success(taken)) }
        for (sender, number) in sent { end(sender, .success(number)) }
    }

    private func setTimer(_ state: inout State) {
        let end = state.receivers.isEmpty ? nil : state.store.nextEvent
        guard state.timer?.end != end else { return }
        state.timer?.task.cancel()
        state.timer = nil
        guard let end, end < .never else { return }
        let task = Task { [weak self, clock] in
            guard (try? await clock.sleep(for: (end - clock.uptime).asSleep)) != nil else { return }
            self?.endTimer()
        }
        state.timer = (end, task)
    }

    private func endTimer() {
        state.withLock { $0.timer = nil }
        serve(.empty)
    }
}

extension JournaledMessage {
    fileprivate init(_ number: Int64, _ letter: DeadLetter) {
        self.init(
            number: number, message: letter.message, failure: Failure(error: letter.error, time: letter.time))
    }
}
