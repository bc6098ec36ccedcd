extension Lock {
    /// Does something while holding a lock.
    ///
    /// The lock is renewed every third of `ttl` for as long as `body` runs, and released when it ends, however it ends: also
    /// after the context's deadline, and in a task that was cancelled. If the lock cannot be renewed, `body` is cancelled
    /// when the lease ends, at the latest.
    ///
    /// - Parameters:
    ///   - ttl: after what time the lock ends when this process dies.
    ///   - timeout: how long to wait for the lock.
    ///   - body: what to do. The lease it is given is the one of the beginning. It must end soon after it is cancelled.
    /// - Returns: what `body` returns.
    /// - Throws: what ``acquire(_:_:ttl:timeout:)`` or `body` throws; Conflict `LOCK_LOST` when the lock was lost.
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

    /// Ends with false when the lock is lost, and with true when the task is cancelled.
    private func renewWhileHeld(_ context: Context, _ lease: LockLease, ttl: Duration) async -> Bool {
        var lease = lease
        let third = max(ttl / 3, .milliseconds(1))
        while lease.validUntil > clock.uptime {
            guard (try? await clock.sleep(for: min(third, lease.validUntil - clock.uptime).asSleep)) != nil else {
                return true
            }
            // The caller's deadline bounds the work, not the lock under which it is done.
            var own = context
            own.deadline = lease.validUntil
            // An attempt that gets no reply leaves time for another one, and does not outlast the lease.
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
                // Out of reach for now: the lease says how long there is time to try again.
            }
        }
        return false
    }

    /// Releases whatever has become of the caller. When that fails, the time to live ends the lock.
    private func releaseShielded(_ context: Context, _ lease: LockLease, ttl: Duration) async {
        let limit = min(max(ttl, .milliseconds(1)), Self.longestRelease)
        _ = try? await cleanUp(context, within: limit, clock: clock) { try await release($0, lease) }
    }

    private static var longestRelease: Duration { .seconds(5) }
}

/// The reply to a renewal; no lease if the lock was lost.
private struct Renewal: Sendable {
    let lease: LockLease?
}

private enum ScopeEvent<Result: Sendable>: Sendable {
    case done(Result)
    case lost
    case stopped
}
