import FoundationEssentials
internal import OrderedCollections

/// One queue in memory: a ``MessageStore`` with the calls that wait for its messages and for room in it.
///
/// Receivers and senders that wait are served in the order in which they came, and are woken without polling.
final class MemoryQueue: Sendable {
    private struct Receiver {
        let lock: Duration
        let continuation: CheckedContinuation<MessageEnvelope?, any Error>
        let timer: Task<Void, Never>
    }

    private struct Sender {
        /// Resumed with the number of the message, or nil if no room came free in time.
        let continuation: CheckedContinuation<Int64?, any Error>
        let timer: Task<Void, Never>
    }

    private struct State {
        var store: MessageStore
        var options: MessageQueueOptions
        var receivers: OrderedDictionary<Int, Receiver> = [:]
        var senders: OrderedDictionary<Int, Sender> = [:]
        var lastTicket = 0
        /// Wakes the first receiver when a lock or a delay ends.
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

    /// Replaces the options.
    func configure(_ options: MessageQueueOptions) {
        state.withLock { $0.options = options }
        serve(.empty)
    }

    var options: MessageQueueOptions { state.withLock { $0.options } }

    /// The number of messages that wait to be received.
    var count: Int { state.withLock { $0.store.count } }

    /// The number of calls that wait: to know, in tests, that one does.
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

    /// Waits for room, and takes it up.
    private func reserve(_ context: Context, _ timeout: Duration) async throws -> Int64 {
        let free = state.withLock { state in
            state.senders.isEmpty ? state.store.reserve(state.options.maxSize) : nil
        }
        if let free { return free }
        let full = ApplicationError.queueFull(context, name, options.maxSize)
        guard timeout > .zero else { throw full }
        // The ticket is known only inside the continuation; a cancellation may come before that, or after.
        let ticket = Locked<Int?>(nil)
        let number = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isWaiting = state.withLock { state in
                    if Task.isCancelled { return false }
                    state.lastTicket += 1
                    let number = state.lastTicket
                    ticket.withLock { $0 = number }
                    let timer = Task { [weak self, clock] in
                        guard (try? await clock.sleep(for: timeout.asSleep)) != nil else { return }
                        self?.giveUpSending(number, .success(nil))
                    }
                    state.senders[number] = Sender(continuation: continuation, timer: timer)
                    return true
                }
                if isWaiting { serve(context) } else { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let number = state.withLock { _ in ticket.current }
            if let number { giveUpSending(number, .failure(CancellationError())) }
        }
        guard let number else { throw full }
        return number
    }

    private func giveUpSending(_ ticket: Int, _ result: Result<Int64?, any Error>) {
        let sender = state.withLock { $0.senders.removeValue(forKey: ticket) }
        sender?.timer.cancel()
        sender?.continuation.resume(with: result)
    }

    // MARK: - Receiving

    func receive(_ context: Context, wait: Duration, lock: Duration) async throws -> MessageEnvelope? {
        serve(context)
        let now = clock.uptime
        let taken = state.withLock { $0.store.take(at: now, lock: lock) }
        if let taken {
            note(context, taken)
            return taken.message
        }
        guard wait > .zero else { return nil }
        let ticket = Locked<Int?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isWaiting = state.withLock { state in
                    if Task.isCancelled { return false }
                    state.lastTicket += 1
                    let number = state.lastTicket
                    ticket.withLock { $0 = number }
                    let timer = Task { [weak self, clock] in
                        guard (try? await clock.sleep(for: wait.asSleep)) != nil else { return }
                        self?.giveUpReceiving(number, .success(nil))
                    }
                    state.receivers[number] = Receiver(lock: lock, continuation: continuation, timer: timer)
                    return true
                }
                if isWaiting { serve(context) } else { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let number = state.withLock { _ in ticket.current }
            if let number { giveUpReceiving(number, .failure(CancellationError())) }
        }
    }

    private func giveUpReceiving(_ ticket: Int, _ result: Result<MessageEnvelope?, any Error>) {
        let receiver = state.withLock { $0.receivers.removeValue(forKey: ticket) }
        receiver?.timer.cancel()
        receiver?.continuation.resume(with: result)
        // The timer for locks and delays is needed only while somebody waits.
        if receiver != nil { serve(.empty) }
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
            message.reference = nil
            let letter = DeadLetter(message: message, error: error, time: clock.now)
            try await store(context, [.put(JournaledMessage(settling.number, letter))], orReturn: settling)
            state.withLock { $0.store.bury(settling, letter) }
            await dropExcess(context)
        }
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

    /// Removes the oldest dead letters if there are too many.
    private func dropExcess(_ context: Context) async {
        let excess = state.withLock { $0.store.excess($0.options.maxDeadLetters) }
        guard !excess.isEmpty else { return }
        do {
            try await journal?.append(context, excess.map { .remove($0.number) })
        } catch {
            // They are dropped when the next message is given up.
            return logger.warn(context, "Dead letters of the queue '\(name)' can't be dropped now: \(error)")
        }
        let dropped = state.withLock { $0.store.removeDeadLetters(Set(excess.map(\.number))) }
        for (number, letter) in excess where dropped.contains(number) {
            logger.error(
                context,
                "The queue '\(name)' has more dead letters than 'options.max_dead_letters', and drops the oldest",
                ["queue": .string(name), "message_id": .string(letter.message.messageId)])
        }
    }

    // MARK: - Dead letters

    func readDeadLetters(_ limit: Int) -> [DeadLetter] { state.withLock { $0.store.deadLetters(limit) } }

    func replayDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        let chosen = state.withLock { $0.store.deadLetters(ids: ids) }
            .map { number, letter in
                var message = letter.message
                message.deliveryCount = 0
                return JournaledMessage(number: number, message: message)
            }
        guard !chosen.isEmpty else { return 0 }
        try await journal?.append(context, chosen.map { .put($0) })
        let count = state.withLock { state in
            let present = state.store.removeDeadLetters(Set(chosen.map(\.number)))
            for stored in chosen where present.contains(stored.number) {
                state.store.restore(stored.number, stored.message)
            }
            return present.count
        }
        serve(context)
        return count
    }

    func removeDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        let chosen = state.withLock { $0.store.deadLetters(ids: ids) }.map(\.number)
        guard !chosen.isEmpty else { return 0 }
        try await journal?.append(context, chosen.map { .remove($0) })
        return state.withLock { $0.store.removeDeadLetters(Set(chosen)).count }
    }

    func clear(_ context: Context) async throws {
        if let journal {
            let numbers = state.withLock { $0.store.numbers }
            try await journal.append(context, numbers.map { .remove($0) })
        }
        state.withLock { $0.store.clear() }
        serve(context)
    }

    // MARK: - Internal

    /// Serves the calls that wait, and sets the timer for when a lock or a delay ends.
    private func serve(_ context: Context) {
        let now = clock.uptime
        let (expired, received, sent) = state.withLock { state in
            let expired = state.store.advance(to: now)
            var received: [(receiver: Receiver, taken: (number: Int64, message: MessageEnvelope))] = []
            while let ticket = state.receivers.keys.first, let lock = state.receivers[ticket]?.lock,
                let taken = state.store.take(at: now, lock: lock),
                let receiver = state.receivers.removeValue(forKey: ticket)
            {
                received.append((receiver, taken))
            }
            var sent: [(sender: Sender, number: Int64)] = []
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
        for (receiver, taken) in received {
            note(context, taken)
            receiver.timer.cancel()
            receiver.continuation.resume(returning: taken.message)
        }
        for (sender, number) in sent {
            sender.timer.cancel()
            sender.continuation.resume(returning: number)
        }
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

    private func note(_ context: Context, _ taken: (number: Int64, message: MessageEnvelope)) {
        journal?.submit(context, .delivered(taken.number, count: taken.message.deliveryCount))
    }
}

extension JournaledMessage {
    fileprivate init(_ number: Int64, _ letter: DeadLetter) {
        self.init(
            number: number, message: letter.message, failure: Failure(error: letter.error, time: letter.time))
    }
}
