/// A lock on a store of values by key: the one lock of all remote stores (the toolkit's `RedisLock` and `MemcachedLock`).
///
/// The key goes to the store as it is and holds the token of the acquisition, so that only its owner renews or ends it. Who
/// waits asks again and again, about every `options.retry_timeout`.
///
/// A lease is counted from before the store was asked: it ends here no later than there, as long as both clocks run at the
/// same pace.
public final class KeyValueLock: Lock, Component {
    private let retryTimeout = Setting(
        "options.retry_timeout", default: Duration.milliseconds(100), in: Duration.zero...,
        "About how long to wait before a lock is tried again, in ms")
    private let hasFencing = Setting(
        "options.fencing", default: false,
        "Numbers the acquisitions of each key in the store, under the key with .fencing behind it")
    private let clockSlot = ClockSlot()
    private let random = RandomSlot()
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>
    /// The leases of locks that were acquired by key alone.
    public let held = HeldLeases()

    /// Creates a lock. A connector that is a component belongs to it from then on: it is configured from the lock's
    /// section, and opened and closed with it.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Acquires a lock if it is free.
    /// - Throws: Misconfiguration `NO_FENCING` when acquisitions are to be numbered and the store does not keep what it is
    ///   given; what the connector throws.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        let isCounted = hasFencing()
        if isCounted, !connector.capabilities.contains(.durable) {
            throw ApplicationError.config(
                code: "NO_FENCING", "'options.fencing' is true, but the store of the lock keeps no numbers",
                traceId: context.traceId)
        }
        let validUntil = clockSlot.uptime.adding(timeout: ttl)
        let token = IdGenerator.nextLong(random)
        guard try await connector.add(context, key, Array(token.utf8), ttl: limited(ttl)) else { return nil }
        let lease = LockLease(key: key, token: token, validUntil: validUntil)
        return isCounted ? try await numbered(context, lease, ttl) : lease
    }

    /// Acquires a lock, and tries again and again while somebody else holds it.
    /// - Throws: Conflict `LOCK_TIMEOUT` when it did not get free in time; `CancellationError` when the task is
    ///   cancelled while it waits; what the connector throws.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        let end = clockSlot.uptime.adding(timeout: timeout)
        while true {
            if let lease = try await tryAcquire(context, key, ttl: ttl) { return lease }
            let left = end - clockSlot.uptime
            guard left > .zero else { throw ApplicationError.lockTimeout(context, key) }
            try await clock.sleep(for: min(pause, left))
        }
    }

    /// Lets a lock last for `ttl` from now. Nil when it has ended or was released.
    /// - Throws: what the connector throws.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        let validUntil = clockSlot.uptime.adding(timeout: ttl)
        let token = Array(lease.token.utf8)
        let isHeld = try await connector.compareAndSet(
            context, lease.key, expected: token, token, ttl: limited(ttl))
        return isHeld ? lease.valid(until: validUntil) : nil
    }

    /// Ends a lock. False when it had ended before.
    /// - Throws: what the connector throws.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await connector.compareAndDelete(context, lease.key, expected: Array(lease.token.utf8))
    }

    // MARK: - Internal

    private var connector: any KeyValueConnector { connectorSlot.connector }

    /// Stores refuse a time to live of nothing, or take it for ever.
    private func limited(_ ttl: Duration) -> Duration { max(ttl, .milliseconds(1)) }

    /// Between half the setting and all of it, so that those who wait don't all ask at once.
    private var pause: Duration {
        let longest = max(retryTimeout(), .milliseconds(1))
        return longest / 2 + longest / 2048 * random.next(in: 0..<1025)
    }

    private func numbered(_ context: Context, _ lease: LockLease, _ ttl: Duration) async throws -> LockLease? {
        do {
            let fencing = try await connector.increment(context, lease.key + ".fencing", by: 1)
            // Only a number that was taken while the lease lasted is smaller than those of later holders.
            if ttl <= .zero || clockSlot.uptime < lease.validUntil {
                return LockLease(
                    key: lease.key, token: lease.token, fencing: fencing, validUntil: lease.validUntil)
            }
        } catch {
            _ = try? await release(context, lease)
            throw error
        }
        _ = try? await release(context, lease)
        return nil
    }
}
