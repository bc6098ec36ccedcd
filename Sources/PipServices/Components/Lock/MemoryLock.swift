/// A lock among the tasks of one process (the toolkit's `MemoryLock`).
///
/// Who waits is woken when his turn has come, in the order in which they came, without polling; nobody overtakes those who
/// wait. The calls that don't wait may be made without `await` on a `MemoryLock`.
public final class MemoryLock: Lock, Component {
    private let retryTimeout = Setting(
        "options.retry_timeout", default: Duration.milliseconds(100), in: Duration.zero...,
        "Accepted, since other locks have it, and not needed: who waits is woken")
    private let clockSlot = ClockSlot()
    private let random = RandomSlot()
    /// The leases of locks that were acquired by key alone.
    public let held = HeldLeases()

    private struct Waiter {
        let continuation: CheckedContinuation<LockLease, any Error>
        let timer: Task<Void, Never>
    }

    private struct Timer {
        let end: Duration
        let task: Task<Void, Never>
    }

    private struct State {
        var table = LockTable()
        var waiters: [Int: Waiter] = [:]
        /// For locks that are held and waited for: what wakes the first when the holder's lease ends.
        var timers: [ScalarText: Timer] = [:]
    }

    private let state = Locked(State())

    /// Creates a lock that nobody holds.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// How many tasks wait: to know, in tests, that one does.
    public var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Acquires a lock if it is free and nobody waits for it.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) -> LockLease? {
        let (now, token) = (clockSlot.uptime, IdGenerator.nextLong(random))
        return state.withLock { $0.table.tryAcquire(key, token: token, ttl: ttl, at: now) }
    }

    /// Acquires a lock, and waits for it if somebody else holds it.
    /// - Throws: Conflict `LOCK_TIMEOUT` when it did not get free in time; `CancellationError` when the task is
    ///   cancelled while it waits.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        if let lease = tryAcquire(context, key, ttl: ttl) { return lease }
        let now = clockSlot.uptime
        let timeout = context.earlier(now.adding(timeout: timeout)) - now
        guard timeout > .zero else { throw ApplicationError.lockTimeout(context, key) }
        let token = IdGenerator.nextLong(random)
        // The ticket is known only inside the continuation; the handler may come before that, or after.
        let ticket = Locked<Int?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isWaiting = state.withLock { state in
                    // Looked at under the lock: a cancellation before this is seen here, one after finds the ticket.
                    if Task.isCancelled { return false }
                    let number = state.table.wait(key, token: token, ttl: ttl)
                    ticket.withLock { $0 = number }
                    let timer = Task { [weak self, clock] in
                        guard (try? await clock.sleep(for: timeout.asSleep)) != nil else { return }
                        self?.settle(key)
                        self?.giveUp(key, number, .failure(ApplicationError.lockTimeout(context, key)))
                    }
                    state.waiters[number] = Waiter(continuation: continuation, timer: timer)
                    return true
                }
                if isWaiting { settle(key) } else { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let number = state.withLock { _ in ticket.current }
            if let number { giveUp(key, number, .failure(CancellationError())) }
        }
    }

    /// Lets a lock last for `ttl` from now. Nil when it has ended or was released.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) -> LockLease? {
        let now = clockSlot.uptime
        let renewed = state.withLock { $0.table.renew(lease, ttl: ttl, at: now) }
        settle(lease.key)
        return renewed
    }

    /// Ends a lock, and gives it to the next who waits. False when it had ended before.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) -> Bool {
        let now = clockSlot.uptime
        let wasHeld = state.withLock { $0.table.release(lease, at: now) }
        settle(lease.key)
        return wasHeld
    }

    // MARK: - Internal

    /// Gives a lock that is free to those who wait for it, and sets the timer for when it gets free by itself.
    private func settle(_ key: String) {
        let now = clockSlot.uptime
        let woken = state.withLock { state in
            var woken: [(Waiter, LockLease)] = []
            while let grant = state.table.grantNext(key, at: now) {
                if let waiter = state.waiters.removeValue(forKey: grant.ticket) { woken.append((waiter, grant.lease)) }
            }
            setTimer(key, &state)
            return woken
        }
        for (waiter, lease) in woken {
            waiter.timer.cancel()
            waiter.continuation.resume(returning: lease)
        }
    }

    private func setTimer(_ key: String, _ state: inout State) {
        let end = state.table.isAwaited(key) ? state.table.expiration(key) : nil
        guard state.timers[ScalarText(key)]?.end != end else { return }
        state.timers.removeValue(forKey: ScalarText(key))?.task.cancel()
        guard let end, end < .never else { return }
        let task = Task { [weak self, clock] in
            guard (try? await clock.sleep(for: (end - clock.uptime).asSleep)) != nil else { return }
            self?.settle(key)
        }
        state.timers[ScalarText(key)] = Timer(end: end, task: task)
    }

    private func giveUp(_ key: String, _ ticket: Int, _ result: Result<LockLease, any Error>) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.table.giveUp(key, ticket) else { return nil }
            setTimer(key, &state)
            return state.waiters.removeValue(forKey: ticket)
        }
        waiter?.timer.cancel()
        waiter?.continuation.resume(with: result)
    }
}
