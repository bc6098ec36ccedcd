#if PIP_AZURE
internal import DequeModule
import FoundationEssentials

/// The messages of a queue that Service Bus has locked for this process: those waiting for a receiver, and those being
/// handled.
///
/// The broker's lock is renewed while the message is locked locally or awaits redelivery. A message whose local lock
/// expires is returned to the broker, which counts deliveries.
final class ServiceBusInbox: Sendable {
    /// A message locked by the broker.
    struct Held: Sendable {
        let id: AMQPDeliveryID
        /// The lock token.
        let token: AMQPValue?
        let envelope: MessageEnvelope
        /// When the broker's lock expires, and its duration, by the local clock.
        var brokerEnd: Duration
        let brokerTime: Duration
        /// When the local lock expires.
        var end = Duration.never
        var isRenewing = false
    }

    private typealias Waiter = CheckedContinuation<Bool, Never>

    private struct State {
        var ready = Deque<Held>()
        var held: [Int: Held] = [:]
        var waiters: [(id: Int, waiter: Waiter)] = []
        var lastWaiter = 0
        /// The outstanding link credit.
        var credit = 0
        var isDraining = false
        var isClosed = false
        var timer: (end: Duration, task: Task<Void, Never>)?
        /// The number of dead letters since the last check of the limit.
        var newDeadLetters = 0
    }

    let entity: String
    private let prefetch: Int
    /// False if the broker locks sessions instead of messages.
    private let locksMessages: Bool
    private let clock: any ClockSource
    private let logger: CompositeLogger
    /// Closures that request messages, return a message to the broker, and renew locks.
    private let ask: @Sendable (Int) -> Void
    private let giveBack: @Sendable (AMQPDeliveryID, AMQPOutcome) -> Void
    private let renew: @Sendable ([AMQPValue]) async throws -> [Duration]
    private let state = Locked(State())

    /// The minimum remaining time of a lock, both for its renewal and for handing out its message.
    private static let margin = Duration.seconds(1)
    /// The assumed lock duration if the broker does not report the expiration.
    private static let defaultLock = Duration.seconds(30)

    init(
        entity: String, prefetch: Int, locksMessages: Bool = true, clock: any ClockSource, logger: CompositeLogger,
        ask: @escaping @Sendable (Int) -> Void,
        giveBack: @escaping @Sendable (AMQPDeliveryID, AMQPOutcome) -> Void,
        renew: @escaping @Sendable ([AMQPValue]) async throws -> [Duration]
    ) {
        self.entity = entity
        self.prefetch = prefetch
        self.locksMessages = locksMessages
        self.clock = clock
        self.logger = logger
        self.ask = ask
        self.giveBack = giveBack
        self.renew = renew
    }

    // MARK: - From the broker

    /// Accepts a message.
    func accept(_ delivery: AMQPDelivery) {
        guard !delivery.isOversized else {
            state.withLock { $0.credit = max(0, $0.credit - 1) }
            logger.error(.empty, error: nil, "A message of '\(entity)' is larger than 16 MB and stays at the broker")
            return topUp()
        }
        let (message, envelope) = AMQPMessage.envelope(wire: delivery.message, type: .contentType)
        let now = clock.uptime
        var time = Self.defaultLock
        if case .timestamp(let end)? = message.annotations["x-opt-locked-until"] {
            // Limited, because the clocks may differ.
            time = min(max(.milliseconds(end - AMQPMessage.milliseconds(clock.now)), .milliseconds(100)), .seconds(300))
        }
        let held = Held(
            id: delivery.id, token: locksMessages ? Self.lockToken(delivery.tag) : nil, envelope: envelope,
            brokerEnd: locksMessages ? now + time : .never, brokerTime: time)
        let waiter = state.withLock { state -> Waiter? in
            state.credit = max(0, state.credit - 1)
            state.ready.append(held)
            return state.waiters.isEmpty ? nil : state.waiters.removeFirst().waiter
        }
        waiter?.resume(returning: true)
    }

    /// Invalidates all deliveries after the link was lost.
    func lose() {
        state.withLock { state in
            (state.ready, state.held, state.credit) = ([], [:], 0)
            state.timer?.task.cancel()
            state.timer = nil
        }
        topUp()
    }

    /// Wakes all waiters after the link has ended, so that they open another one.
    func end() {
        let waiters = state.withLock { state in
            (state.ready, state.held, state.credit) = ([], [:], 0)
            defer { state.waiters = [] }
            return state.waiters
        }
        for (_, waiter) in waiters { waiter.resume(returning: true) }
    }

    /// Prepares for a new link that replaces the last one.
    func restart() {
        state.withLock { $0.credit = 0 }
        topUp()
    }

    /// Ends all waits.
    func close() -> [AMQPDeliveryID] {
        let (waiters, ids) = state.withLock { state in
            state.isClosed = true
            state.timer?.task.cancel()
            state.timer = nil
            defer { (state.waiters, state.ready, state.held) = ([], [], [:]) }
            return (state.waiters, state.ready.map(\.id))
        }
        for (_, waiter) in waiters { waiter.resume(returning: false) }
        return ids
    }

    // MARK: - Receiving

    /// Returns the next local message, locked; nil if there is none.
    func take(lock: Duration) -> (Held, Int)? {
        let now = clock.uptime
        let (taken, late) = state.withLock { state -> (Held?, [Held]) in
            var late: [Held] = []
            while var held = state.ready.popFirst() {
                guard held.brokerEnd - now > min(Self.margin, held.brokerTime / 4) else {
                    late.append(held)
                    continue
                }
                held.end = now.adding(timeout: lock)
                state.held[held.id.number] = held
                return (held, late)
            }
            return (nil, late)
        }
        for held in late { giveBack(held.id, .released) }
        setTimer()
        topUp()
        return taken.map { ($0, $0.id.number) }
    }

    /// Waits until there may be a message.
    /// - Returns: false if the timeout expired or the inbox was closed.
    func wait(_ time: Duration) async -> Bool {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let timer = Task { [clock] in
            if (try? await clock.sleep(for: time.asSleep)) != nil { giveUp(id) }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let answer = state.withLock { state -> Bool? in
                    if Task.isCancelled || state.isClosed { return false }
                    if !state.ready.isEmpty { return true }
                    state.waiters.append((id, waiter))
                    return nil
                }
                if let answer { waiter.resume(returning: answer) } else { topUp() }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// True if the broker has credit without a waiting receiver; the caller must then drain it. At most one task does
    /// so at a time.
    func beginDrain() -> Bool {
        state.withLock { state in
            guard state.waiters.isEmpty, state.credit > 0, prefetch == 0, !state.isDraining else { return false }
            state.isDraining = true
            return true
        }
    }

    /// Requests one message without waiting. True if ``endDrain(_:)`` must follow.
    func beginPoll() -> Bool {
        let asks = state.withLock { state -> Int? in
            guard !state.isDraining else { return nil }
            state.isDraining = true
            let count = state.credit == 0 ? 1 : 0
            state.credit += count
            return count
        }
        if let asks, asks > 0 { ask(asks) }
        return asks != nil
    }

    /// - Parameter isDone: true if the broker has returned the credit.
    func endDrain(_ isDone: Bool) {
        state.withLock { state in
            state.isDraining = false
            if isDone { state.credit = 0 }
        }
        topUp()
    }

    /// Returns messages without a waiting receiver to the broker.
    func releaseSurplus() {
        guard prefetch == 0 else { return }
        let surplus = state.withLock { state in
            guard state.waiters.isEmpty else { return [Held]() }
            defer { state.ready = [] }
            return Array(state.ready)
        }
        for held in surplus { giveBack(held.id, .released) }
    }

    // MARK: - Locks

    /// Removes and returns a message that was handed out; nil if its lock is lost.
    func remove(_ number: Int) -> Held? { state.withLock { $0.held.removeValue(forKey: number) } }

    /// True while a message that was handed out is locked.
    func holds(_ number: Int) -> Bool { state.withLock { $0.held[number] != nil } }

    func restore(_ held: Held) {
        state.withLock { $0.held[held.id.number] = held }
        setTimer()
    }

    /// Extends the lock of a message. False if it is lost.
    func extend(_ number: Int, by time: Duration) -> Bool {
        let end = clock.uptime.adding(timeout: time)
        let isHeld = state.withLock { state in
            state.held[number]?.end = end
            return state.held[number] != nil
        }
        setTimer()
        return isHeld
    }

    /// Returns a message to the broker after a delay, during which its lock is renewed.
    func abandon(_ held: Held, after delay: Duration) {
        var held = held
        held.end = clock.uptime.adding(timeout: delay)
        restore(held)
    }

    /// Removes and returns all messages.
    func removeAll() -> [Held] {
        state.withLock { state in
            defer { (state.ready, state.held) = ([], [:]) }
            return Array(state.ready) + state.held.values
        }
    }

    /// Counts a dead letter. True for every `count`-th one.
    func isDeadLetterCheckDue(every count: Int) -> Bool {
        state.withLock { state in
            state.newDeadLetters += 1
            guard state.newDeadLetters > count else { return false }
            state.newDeadLetters = 0
            return true
        }
    }

    // MARK: - Internal

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index).waiter
        }
        waiter?.resume(returning: false)
    }

    /// Grants credit for all waiting receivers and the prefetch.
    private func topUp() {
        let count = state.withLock { state in
            guard !state.isClosed, !state.isDraining else { return 0 }
            let wanted = state.waiters.count + prefetch - state.ready.count - state.credit
            guard wanted > 0, !state.waiters.isEmpty || prefetch > 0 else { return 0 }
            state.credit += wanted
            return wanted
        }
        if count > 0 { ask(count) }
    }

    /// When the next action for a message is due.
    private static func dueTime(_ held: Held) -> Duration {
        guard held.end > held.brokerEnd, !held.isRenewing else { return held.end }
        return min(held.end, held.brokerEnd - max(held.brokerTime / 3, min(margin, held.brokerTime / 2)))
    }

    private func setTimer() {
        state.withLock { state in
            guard !state.isClosed, let due = state.held.values.lazy.map(Self.dueTime).min(), due < .never else {
                return
            }
            if let timer = state.timer, timer.end <= due { return }
            state.timer?.task.cancel()
            state.timer = (
                due,
                Task { [weak self, clock] in
                    let pause = max(due - clock.uptime, .milliseconds(1))
                    guard (try? await clock.sleep(for: pause.asSleep)) != nil else { return }
                    await self?.fire(due)
                }
            )
        }
    }

    private func fire(_ due: Duration) async {
        let now = max(clock.uptime, due)
        let (ended, renewed) = state.withLock { state -> ([Held], [Held]) in
            if state.timer?.end == due { state.timer = nil }
            let ended = state.held.values.filter { $0.end <= now }
            for held in ended { state.held[held.id.number] = nil }
            let renewed = state.held.values.filter { $0.token != nil && !$0.isRenewing && Self.dueTime($0) <= now }
            for held in renewed { state.held[held.id.number]?.isRenewing = true }
            return (ended.sorted { $0.id.number < $1.id.number }, renewed)
        }
        for held in ended { giveBack(held.id, .modified(hasFailed: true, isUndeliverable: false)) }
        setTimer()
        guard !renewed.isEmpty else { return }
        await withTaskGroup(of: Void.self) { group in
            // Individually, because one lost lock fails a request for several locks.
            for held in renewed { group.addTask { await self.renewOne(held) } }
        }
        setTimer()
    }

    private func renewOne(_ held: Held) async {
        guard let token = held.token else { return }
        do {
            let time = try await renew([token]).first ?? held.brokerTime
            state.withLock { state in
                state.held[held.id.number]?.brokerEnd = clock.uptime + time
                state.held[held.id.number]?.isRenewing = false
            }
        } catch let error as ApplicationError where error.code.isSame(as: "LOCK_EXPIRED") {
            // The broker redelivers it.
            _ = remove(held.id.number)
        } catch {
            logger.warn(
                .empty, "The lock of message \(held.envelope.messageId) of \(entity) can't be renewed: \(error)")
            state.withLock { state in
                state.held[held.id.number]?.isRenewing = false
                // Retried soon, until the lock expires.
                if let end = state.held[held.id.number]?.brokerEnd, end <= clock.uptime {
                    state.held[held.id.number] = nil
                }
            }
            try? await clock.sleep(for: .milliseconds(200))
        }
    }

    /// The lock token is the delivery tag: a GUID in the byte order of .NET.
    private static func lockToken(_ tag: [UInt8]) -> AMQPValue? {
        guard tag.count == 16 else { return nil }
        return .uuid([tag[3], tag[2], tag[1], tag[0], tag[5], tag[4], tag[7], tag[6]] + tag[8...])
    }
}
#endif
