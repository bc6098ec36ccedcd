#if PIP_AZURE
import FoundationEssentials

/// The sessions of a queue that this process holds: at most one per receiver.
///
/// A receiver uses a free session, or otherwise accepts the next session with messages from the broker. Only one
/// message of a session is in flight, which keeps the order. A session that stays free is handed to a waiting receiver,
/// or otherwise returned to the broker.
final class ServiceBusSessions: Sendable {
    private typealias Waiter = CheckedContinuation<ServiceBusSession?, any Error>

    private struct Entry: Sendable {
        let session: ServiceBusSession
        /// A receiver waits for the session's next message.
        var isUsed = true
        /// The message in flight: it is being handled, or awaits redelivery.
        var out: Int?
        /// The time when it became free.
        var freeSince = Duration.zero
        var hasTimer = false

        var isFree: Bool { !isUsed && out == nil }
    }

    private struct Pending {
        let id: Int
        let waiter: Waiter
        var task: Task<Void, Never>?
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var last = 0
        var pending: [Pending] = []
        var lastPending = 0
        /// The only session is being accepted.
        var isAccepting = false
        var isClosed = false

        /// Takes the session that has been free for the longest time.
        mutating func takeFree() -> ServiceBusSession? {
            let free = entries.values.lazy.filter { $0.isFree && !$0.session.hasEnded }
            guard let first = free.min(by: { $0.freeSince < $1.freeSince }) else { return nil }
            entries[first.session.number]?.isUsed = true
            return first.session
        }
    }

    let entity: String
    /// The only session to receive; nil for the next available ones.
    private let sessionId: String?
    /// How long a receiver waits for further messages of a session.
    private let idleTime: Duration
    private let client: ServiceBusClient
    private let clock: any ClockSource
    private let logger: CompositeLogger
    private let state = Locked(State())

    /// How long the broker searches for a session for a receiver that does not wait.
    private static let pollTime = Duration.seconds(1)
    /// How long a free session is reserved for the receiver that used it last.
    private static let grace = Duration.milliseconds(50)
    private static let leastIdleTime = Duration.milliseconds(100)
    /// How long before the timeout of a call the broker must respond.
    private static let answerTime = Duration.seconds(2)

    init(
        entity: String, sessionId: String?, idleTime: Duration, client: ServiceBusClient, clock: any ClockSource,
        logger: CompositeLogger
    ) {
        self.entity = entity
        self.sessionId = sessionId
        self.idleTime = idleTime
        self.client = client
        self.clock = clock
        self.logger = logger
    }

    /// The number of sessions that are held.
    var count: Int { state.withLock { $0.entries.count } }

    /// Receives the next message of a session; nil if none arrives in time.
    ///
    /// - Throws: Conflict `SESSION_LOCKED` if another receiver has the session that is configured; Misconfiguration
    ///   `SESSIONS_NOT_ENABLED`; `CancellationError`; what the client throws.
    func receive(_ context: Context, wait: Duration, lock: Duration) async throws -> ServiceBusInbox.Held? {
        let end = clock.uptime.adding(timeout: max(wait, Self.pollTime))
        while let session = try await acquire(context, until: end) {
            let isOnly = sessionId != nil
            let left = wait > .zero ? max(end - clock.uptime, .zero) : .zero
            let held: ServiceBusInbox.Held?
            do {
                held = try await session.next(wait: isOnly ? left : min(left, idleTime), lock: lock)
            } catch {
                leave(session, nil)
                throw error
            }
            if let held {
                leave(session, held.id.number)
                return held
            }
            if isOnly, !session.hasEnded { leave(session, nil) } else { await release(session) }
            if clock.uptime >= end || isOnly && wait <= .zero { return nil }
        }
        return nil
    }

    /// The session of a received message; nil if it is lost.
    func session(of number: Int) -> ServiceBusSession? {
        state.withLock { state in state.entries.values.first { $0.out == number }?.session }
    }

    /// Notes that a message was settled: the next message of its session may be received.
    func noteSettled(_ number: Int) {
        let session = state.withLock { state -> ServiceBusSession? in
            guard let entry = state.entries.values.first(where: { $0.out == number }) else { return nil }
            state.entries[entry.session.number]?.out = nil
            return entry.session
        }
        if let session { noteFree(session) }
    }

    /// Returns all sessions to the broker. Waiting receivers fail.
    func close(_ context: Context) async {
        let pending = state.withLock { state in
            state.isClosed = true
            defer { state.pending = [] }
            return state.pending
        }
        for one in pending {
            one.task?.cancel()
            one.waiter.resume(throwing: ApplicationError.queueNotOpened(context, entity))
        }
        for session in takeAll() { await session.close() }
    }

    /// Removes and returns all sessions.
    func takeAll() -> [ServiceBusSession] {
        state.withLock { state in
            defer { state.entries = [:] }
            return state.entries.values.map(\.session)
        }
    }

    /// The source of a link that receives from a session.
    /// - Parameter wait: how long the broker searches for a session with messages.
    func source(wait: Duration) -> AMQPSource {
        var source = AMQPSource(address: entity)
        (source.isRenewed, source.settlesSecond) = (false, true)
        source.filter = .symbols([ServiceBusSession.filter: sessionId.map { .string($0) } ?? .null])
        source.properties = .symbols(["com.microsoft:timeout": .uint(UInt32(clamping: wait.wholeMilliseconds))])
        return source
    }

    // MARK: - Receivers

    /// Returns a session for exclusive use; nil if none becomes available in time.
    private func acquire(_ context: Context, until end: Duration) async throws -> ServiceBusSession? {
        let id = state.withLock { state in
            state.lastPending += 1
            return state.lastPending
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in enter(context, id, waiter, until: end) }
        } onCancel: {
            resume(id, .failure(CancellationError()))
        }
    }

    private func enter(_ context: Context, _ id: Int, _ waiter: Waiter, until end: Duration) {
        let result = state.withLock { state -> Result<ServiceBusSession?, any Error>? in
            if Task.isCancelled { return .failure(CancellationError()) }
            if state.isClosed { return .failure(ApplicationError.queueNotOpened(context, entity)) }
            if let session = state.takeFree() { return .success(session) }
            let accepts = sessionId == nil || state.entries.isEmpty && !state.isAccepting
            if accepts { state.isAccepting = true }
            let task = Task {
                if accepts { await accept(id, until: end) } else { await wait(id, until: end) }
            }
            state.pending.append(Pending(id: id, waiter: waiter, task: task))
            return nil
        }
        if let result { waiter.resume(with: result) }
    }

    /// Resumes a waiting receiver. False if it no longer waits.
    @discardableResult
    private func resume(_ id: Int, _ result: Result<ServiceBusSession?, any Error>) -> Bool {
        let pending = state.withLock { state -> Pending? in
            guard let index = state.pending.firstIndex(where: { $0.id == id }) else { return nil }
            return state.pending.remove(at: index)
        }
        guard let pending else { return false }
        pending.waiter.resume(with: result)
        pending.task?.cancel()
        return true
    }

    private func wait(_ id: Int, until end: Duration) async {
        let pause = max(end - clock.uptime, .zero)
        if (try? await clock.sleep(for: pause.asSleep)) != nil { resume(id, .success(nil)) }
    }

    /// Accepts a session from the broker for a waiting receiver.
    private func accept(_ id: Int, until end: Duration) async {
        let result: Result<ServiceBusSession?, any Error>
        do { result = .success(try await attach(until: end)) } catch { result = .failure(error) }
        let isClosed = state.withLock { state in
            state.isAccepting = false
            if case .success(let session?) = result, !state.isClosed {
                state.entries[session.number] = Entry(session: session)
            }
            return state.isClosed
        }
        guard case .success(let session?) = result else {
            resume(id, result)
            return
        }
        if isClosed || session.hasEnded {
            await release(session)
            resume(id, .success(nil))
        } else if !resume(id, result) {
            // The receiver has another session, or was cancelled.
            leave(session, nil)
        }
    }

    // MARK: - Sessions

    private func leave(_ session: ServiceBusSession, _ number: Int?) {
        state.withLock { state in
            state.entries[session.number]?.isUsed = false
            state.entries[session.number]?.out = number
        }
        guard let number else { return noteFree(session) }
        // Its lock may have expired before it was noted.
        if !session.inbox.holds(number) { noteSettled(number) }
    }

    private func release(_ session: ServiceBusSession) async {
        state.withLock { _ = $0.entries.removeValue(forKey: session.number) }
        await session.close()
    }

    /// The receiver that used the session usually receives its next message immediately. Otherwise, a timer hands the
    /// session over.
    private func noteFree(_ session: ServiceBusSession) {
        let startsTimer = state.withLock { state in
            guard var entry = state.entries[session.number], entry.isFree else { return false }
            defer { state.entries[session.number] = entry }
            entry.freeSince = clock.uptime
            defer { entry.hasTimer = true }
            return !entry.hasTimer
        }
        guard startsTimer else { return }
        Task { [weak self, clock] in
            var pause = Self.grace
            while (try? await clock.sleep(for: pause)) != nil {
                guard let next = await self?.checkFree(session) else { return }
                pause = next
            }
        }
    }

    /// - Returns: the time until the next check; nil if none is needed.
    private func checkFree(_ session: ServiceBusSession) async -> Duration? {
        enum Step {
            case wait(Duration)
            case hand(Pending)
            case release
            case end
        }
        let now = clock.uptime
        let step = state.withLock { state -> Step in
            guard var entry = state.entries[session.number] else { return .end }
            defer { if state.entries[session.number] != nil { state.entries[session.number] = entry } }
            guard entry.isFree else {
                entry.hasTimer = false
                return .end
            }
            let age = now - entry.freeSince
            if age < Self.grace { return .wait(Self.grace - age) }
            if !state.pending.isEmpty {
                (entry.isUsed, entry.hasTimer) = (true, false)
                return .hand(state.pending.removeFirst())
            }
            let idleTime = sessionId == nil ? max(idleTime, Self.leastIdleTime) : .never
            if age < idleTime {
                guard idleTime < .never else {
                    // The only session is kept, and receivers take it.
                    entry.hasTimer = false
                    return .end
                }
                return .wait(idleTime - age)
            }
            state.entries[session.number] = nil
            return .release
        }
        switch step {
        case .wait(let time): return max(time, .milliseconds(1))
        case .hand(let pending):
            pending.waiter.resume(returning: session)
            pending.task?.cancel()
        case .release: await session.close()
        case .end: break
        }
        return nil
    }

    /// Accepts a session from the broker; nil if none becomes available in time.
    private func attach(until end: Duration) async throws -> ServiceBusSession? {
        while true {
            try Task.checkCancellation()
            let now = clock.uptime
            guard now < end else { return nil }
            if let session = try await attachOnce(min(end - now, client.callTime - Self.answerTime)) { return session }
            let left = end - clock.uptime
            guard left > .zero else { return nil }
            try await clock.sleep(for: min(left, .milliseconds(100)))
        }
    }

    private func attachOnce(_ limit: Duration) async throws -> ServiceBusSession? {
        let time = max(limit, .milliseconds(100))
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let session = ServiceBusSession(
            number, entity: entity, clock: clock, logger: logger,
            onReturn: { [weak self] in self?.noteSettled($0.number) },
            onEnd: { [weak self] in
                guard let self else { return }
                state.withLock { _ = $0.entries.removeValue(forKey: number) }
            })
        let client = try client.client(.empty)
        let deadline = clock.uptime.adding(timeout: time + Self.answerTime)
        switch await client.receive(from: source(wait: time), deadline: deadline, session.listener) {
        case .success(let receiver):
            session.start(receiver) { [client = self.client, entity] session in
                let response = try await client.manage(
                    .empty, entity, "renew-session-lock", ["session-id": .string(session.id)],
                    link: session.receiver?.attachment.name)
                guard case .timestamp(let end)? = response?["expiration"] else {
                    return ServiceBusSession.bounded(.zero)
                }
                return ServiceBusSession.bounded(.milliseconds(end - AMQPMessage.milliseconds(client.now)))
            }
            return session
        case .failure(.refused(let condition)): return try Self.check(condition, entity, sessionId)
        // There is no connection, or the broker has not responded.
        case .failure(.unreachable), .failure(.notSent), .failure(.noAnswer), .failure(.lost): return nil
        case .failure(let failure):
            throw failure.error(.empty, ServiceBusClient.broker, "receive from a session of \(entity)")
        }
    }

    /// Returns nil if no session is available now, and throws otherwise.
    private static func check(
        _ condition: AMQPCondition, _ entity: String, _ sessionId: String?
    ) throws -> ServiceBusSession? {
        if condition.isOne(of: "com.microsoft:timeout") { return nil }
        if condition.isOne(of: "com.microsoft:session-cannot-be-locked") {
            throw ApplicationError.conflict(
                code: "SESSION_LOCKED",
                "The session '\(sessionId?.shortened ?? "")' of '\(entity)' belongs to another receiver now",
                details: ["queue": .string(entity), "session": sessionId.map { .string($0) } ?? .null])
        }
        if condition.isOne(of: "amqp:not-allowed") {
            throw ApplicationError.config(
                code: "SESSIONS_NOT_ENABLED", key: "options.requires_session",
                "'options.requires_session' is true, but '\(entity)' has no sessions; expected false, or an entity that "
                    + "requires sessions: \(condition.description.shortened)")
        }
        throw AMQPFailure.refused(condition).error(
            .empty, ServiceBusClient.broker, "receive from a session of \(entity)")
    }
}
#endif
