/// A lock among the tasks of one process (the toolkit's `MemoryLock`).
///
/// Waiters are served in FIFO order, without polling. Calls that do not wait need no `await` on a `MemoryLock`.
public final class MemoryLock: Lock, Component {
    private let retryTimeout = Setting(
        "options.retry_timeout", default: Duration.milliseconds(100), in: Duration.zero...,
        "Has no effect; accepted for files of other locks. Waiting callers are woken")
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
        /// Timers that wake the first waiter when the holder's lease expires.
        var timers: [ScalarText: Timer] = [:]
    }

    private let state = Locked(State())

    /// Creates a free lock.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// The number of waiting tasks, for tests.
    public var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Acquires a lock if it is free and has no waiters.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) -> LockLease? {
        let (now, token) = (clockSlot.uptime, IdGenerator.nextLong(random))
        return state.withLock { $0.table.tryAcquire(key, token: token, ttl: ttl, at: now) }
    }

    /// Acquires a lock, waiting while it is held.
    /// - Throws: Conflict `LOCK_TIMEOUT` on timeout; `CancellationError` if the task is cancelled while it waits.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        if let lease = tryAcquire(context, key, ttl: ttl) { return lease }
        let now = clockSlot.uptime
        let timeout = context.earlier(now.adding(timeout: timeout)) - now
        guard timeout > .zero else { throw ApplicationError.lockTimeout(context, key) }
        let token = IdGenerator.nextLong(random)
        // The ticket is known only inside the continuation; the cancellation handler may run before or after that.
        let ticket = Locked<Int?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isWaiting = state.withLock { state in
                    // Checked under the lock: an earlier cancellation is seen here, a later one finds the ticket.
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

    /// Extends a lock to `ttl` from now. Returns nil if it has expired or was released.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) -> LockLease? {
        let now = clockSlot.uptime
        let renewed = state.withLock { $0.table.renew(lease, ttl: ttl, at: now) }
        settle(lease.key)
        return renewed
    }

    /// Releases a lock and grants it to the next waiter. Returns false if it had expired before.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) -> Bool {
        let now = clockSlot.uptime
        let wasHeld = state.withLock { $0.table.release(lease, at: now) }
        settle(lease.key)
        return wasHeld
    }

    // MARK: - Internal

    /// Grants a free lock to the next waiter, and sets the timer for the expiration of the new lease.
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
