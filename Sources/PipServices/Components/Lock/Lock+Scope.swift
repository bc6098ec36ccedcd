extension Lock {
    /// Does something while holding a lock.
    ///
    /// The lock is renewed every third of `ttl` for as long as `body` runs, and released when it ends, however it ends.
    /// When the lock is lost all the same, since its store was out of reach for too long, `body` is cancelled.
    ///
    /// - Parameters:
    ///   - ttl: after what time the lock ends when this process dies.
    ///   - timeout: how long to wait for the lock.
    ///   - body: what to do. The lease it is given is the one of the beginning.
    /// - Returns: what `body` returns.
    /// - Throws: what ``acquire(_:_:ttl:timeout:)`` or `body` throws; Conflict `LOCK_LOST` when the lock was lost.
    public func withLock<Result: Sendable>(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration,
        _ body: @escaping @Sendable (LockLease) async throws -> Result
    ) async throws -> Result {
        let lease = try await acquire(context, key, ttl: ttl, timeout: timeout)
        do {
            let result = try await whileRenewing(context, lease, ttl: ttl, body)
            await releaseShielded(context, lease)
            return result
        } catch {
            await releaseShielded(context, lease)
            throw error
        }
    }

    // MARK: - Internal

    private func whileRenewing<Result: Sendable>(
        _ context: Context, _ lease: LockLease, ttl: Duration,
        _ body: @escaping @Sendable (LockLease) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: ScopeEvent<Result>.self) { group in
            group.addTask { .done(try await body(lease)) }
            group.addTask { await renewWhileHeld(context, lease, ttl: ttl) ? .stopped : .lost }
            defer { group.cancelAll() }
            while let event = try await group.next() {
                switch event {
                case .done(let result): return result
                case .lost: throw ApplicationError.lockLost(context, lease.key)
                case .stopped: continue
                }
            }
            throw CancellationError()
        }
    }

    /// Ends with false when the lock is lost, and with true when the task is cancelled.
    private func renewWhileHeld(_ context: Context, _ lease: LockLease, ttl: Duration) async -> Bool {
        var lease = lease
        while lease.validUntil > clock.uptime {
            let pause = min(max(ttl / 3, .milliseconds(1)), lease.validUntil - clock.uptime).asSleep
            guard (try? await clock.sleep(for: pause)) != nil else { return true }
            do {
                guard let renewed = try await renew(context, lease, ttl: ttl) else { return false }
                lease = renewed
            } catch {
                // Out of reach for now: the lease says how long there is time to try again.
            }
        }
        return false
    }

    /// Releases also in a task that was cancelled. When that fails, the time to live ends the lock.
    private func releaseShielded(_ context: Context, _ lease: LockLease) async {
        await Task { _ = try? await release(context, lease) }.value
    }
}

private enum ScopeEvent<Result: Sendable>: Sendable {
    case done(Result)
    case lost
    case stopped
}
