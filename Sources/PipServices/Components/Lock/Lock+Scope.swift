extension Lock {
    /// Runs `body` while holding a lock.
    ///
    /// The lock is renewed every third of `ttl` while `body` runs. It is released when `body` ends, even after the
    /// context's deadline or a cancellation. If it can't be renewed, `body` is cancelled at the latest when the lease
    /// expires.
    ///
    /// - Parameters:
    ///   - ttl: the time after which the lock expires if this process dies.
    ///   - timeout: the maximum time to wait for the lock.
    ///   - body: the work. It receives the initial lease and must end soon after it is cancelled.
    /// - Returns: the result of `body`.
    /// - Throws: errors of ``acquire(_:_:ttl:timeout:)`` and `body`; Conflict `LOCK_LOST` if the lock was lost.
    public func withLock<Result: Sendable>(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration,
        _ body: @escaping @Sendable (LockLease) async throws -> Result
    ) async throws -> Result {
        let lease = try await acquire(context, key, ttl: ttl, timeout: timeout)
        do {
            let result = try await whileRenewing(context, lease, ttl: ttl, body)
            await releaseShielded(context, lease, ttl: ttl)
            return result
        } catch {
            await releaseShielded(context, lease, ttl: ttl)
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

    /// Returns false when the lock is lost, and true when the task is cancelled.
    private func renewWhileHeld(_ context: Context, _ lease: LockLease, ttl: Duration) async -> Bool {
        var lease = lease
        let third = max(ttl / 3, .milliseconds(1))
        while lease.validUntil > clock.uptime {
            guard (try? await clock.sleep(for: min(third, lease.validUntil - clock.uptime).asSleep)) != nil else {
                return true
            }
            // The caller's deadline limits the work, not its lock.
            var own = context
            own.deadline = lease.validUntil
            // Leaves time for another attempt and ends before the lease.
            let limit = min(third, lease.validUntil - clock.uptime)
            guard limit > .zero else { return false }
            do {
                let renewal = try await withTimeout(limit.asSleep, clock: clock) { [lease, own] in
                    Renewal(lease: try await renew(own, lease, ttl: ttl))
                }
                if let renewal {
                    guard let renewed = renewal.lease else { return false }
                    lease = renewed
                } else if Task.isCancelled {
                    return true
                }
            } catch {
                // Unreachable for now: retries until the lease expires.
            }
        }
        return false
    }

    /// Releases the lock whatever happened to the caller. If that fails, the lock expires with its time to live.
    private func releaseShielded(_ context: Context, _ lease: LockLease, ttl: Duration) async {
        let limit = min(max(ttl, .milliseconds(1)), Self.longestRelease)
        _ = try? await cleanUp(context, within: limit, clock: clock) { try await release($0, lease) }
    }

    private static var longestRelease: Duration { .seconds(5) }
}

/// The result of a renewal; without a lease if the lock was lost.
private struct Renewal: Sendable {
    let lease: LockLease?
}

private enum ScopeEvent<Result: Sendable>: Sendable {
    case done(Result)
    case lost
    case stopped
}
