/// A lock on a key-value store. All remote locks use it (the toolkit's `RedisLock` and `MemcachedLock`).
///
/// The key is unchanged; its value is the token of the acquisition, so that only the owner renews or releases the lock.
/// A waiter polls about every `options.retry_timeout`.
///
/// A lease is measured from before the request to the store. If both clocks run at the same rate, it therefore expires
/// here no later than in the store.
public final class KeyValueLock: Lock, Component, Checkable {
    private let retryTimeout = Setting(
        "options.retry_timeout", default: Duration.milliseconds(100), in: Duration.zero...,
        "The approximate delay between attempts to acquire a lock, in ms; 0 for the minimum, 1 ms")
    private let hasFencing = Setting(
        "options.fencing", default: false,
        "True to issue fencing tokens: the store numbers the acquisitions of each key, under the key with the suffix "
            + ".fencing")
    private let clockSlot = ClockSlot()
    private let random = RandomSlot()
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>
    /// The number of locks being released in the background.
    private let discards = Locked(0)
    /// The leases of locks that were acquired by key alone.
    public let held = HeldLeases()

    /// Creates a lock. A connector that is a component becomes its child: it is configured from the lock's section, and
    /// opened and closed with the lock.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Checks that the store is durable if fencing tokens are enabled.
    /// - Throws: Misconfiguration `NO_FENCING`.
    public func checkConfiguration(_ context: Context) async throws {
        guard hasFencing(), !connector.capabilities.contains(.durable) else { return }
        throw ApplicationError.config(
            code: "NO_FENCING", key: "options.fencing",
            "'options.fencing' is true; expected false, because the store of the lock may evict keys",
            traceId: context.traceId)
    }

    /// Acquires a lock if it is free.
    /// - Throws: Misconfiguration `NO_FENCING` if fencing tokens are enabled and the store is not durable; BadRequest
    ///   `RESERVED_KEY` if they are enabled and the key ends with `.fencing`; errors of the connector.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        let isCounted = hasFencing()
        try await checkConfiguration(context)
        if isCounted, key.utf8.reversed().starts(with: Self.fencingSuffix.utf8.reversed()) {
            // This key holds the fencing token of another lock.
            throw ApplicationError.badRequest(
                code: "RESERVED_KEY",
                "The key of the lock '\(key)' ends with '\(Self.fencingSuffix)'; expected another one, because "
                    + "'options.fencing' stores fencing tokens under such keys",
                traceId: context.traceId, details: ["key": .string(key)])
        }
        let validUntil = clockSlot.uptime.adding(timeout: ttl)
        let token = IdGenerator.nextLong(random)
        let lease = LockLease(key: key, token: token, validUntil: validUntil)
        do {
            guard try await connector.add(context, key, Array(token.utf8), ttl: limited(ttl)) else { return nil }
        } catch {
            discard(context, lease, after: error)
            throw error
        }
        return isCounted ? try await numbered(context, lease, ttl) : lease
    }

    /// Acquires a lock, waiting while it is held.
    /// - Throws: Conflict `LOCK_TIMEOUT` on timeout; `CancellationError` if the task is cancelled while it waits;
    ///   errors of the connector.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        let end = context.earlier(clockSlot.uptime.adding(timeout: timeout))
        while true {
            if let lease = try await tryAcquire(context, key, ttl: ttl) { return lease }
            let left = end - clockSlot.uptime
            guard left > .zero else { throw ApplicationError.lockTimeout(context, key) }
            try await clock.sleep(for: min(pause, left))
        }
    }

    /// Extends a lock to `ttl` from now. Returns nil if it has expired or was released.
    /// - Throws: errors of the connector.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        let validUntil = clockSlot.uptime.adding(timeout: ttl)
        let token = Array(lease.token.utf8)
        let isHeld = try await connector.compareAndSet(
            context, lease.key, expected: token, token, ttl: limited(ttl))
        return isHeld ? lease.valid(until: validUntil) : nil
    }

    /// Releases a lock. Returns false if it had expired before.
    ///
    /// Ignores the deadline of the context and cancellation; takes at most 5 s.
    /// - Throws: errors of the connector; NoResponse `TIMEOUT` after 5 s.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        let connector = connector
        let isReleased = try await cleanUp(context, within: Self.longestRelease, clock: clock) {
            try await connector.compareAndDelete($0, lease.key, expected: Array(lease.token.utf8))
        }
        guard let isReleased else {
            throw ApplicationError.connection(
                code: "TIMEOUT", "The store of the lock did not confirm in time that '\(lease.key)' was released",
                traceId: context.traceId, details: ["key": .string(lease.key)])
        }
        return isReleased
    }

    // MARK: - Internal

    private var connector: any KeyValueConnector { connectorSlot.connector }

    /// Stores reject a time to live of zero, or treat it as no limit.
    private func limited(_ ttl: Duration) -> Duration { max(ttl, .milliseconds(1)) }

    /// Random between half the setting and the setting, so that waiters do not poll simultaneously.
    private var pause: Duration {
        let longest = max(retryTimeout(), .milliseconds(1))
        return longest / 2 + longest / 2048 * random.next(in: 0..<1025)
    }

    private func numbered(_ context: Context, _ lease: LockLease, _ ttl: Duration) async throws -> LockLease? {
        do {
            let fencing = try await connector.increment(context, lease.key + Self.fencingSuffix, by: 1)
            // Only a token taken during the lease is smaller than those of later holders.
            if ttl <= .zero || clockSlot.uptime < lease.validUntil {
                return LockLease(
                    key: lease.key, token: lease.token, fencing: fencing, validUntil: lease.validUntil)
            }
        } catch {
            discard(context, lease, after: nil)
            throw error
        }
        discard(context, lease, after: nil)
        return nil
    }

    private static let longestRelease = Duration.seconds(5)
    private static let fencingSuffix = ".fencing"
    /// Further locks end with their time to live.
    private static let maxDiscards = 100

    /// Releases a lock without a known lease in the background.
    ///
    /// - Parameter failure: the error of the request to add it; nil if it was added. A request without a reply may
    ///   arrive after the first attempt to delete, so there are several attempts.
    private func discard(_ context: Context, _ lease: LockLease, after failure: (any Error)?) {
        if let failure, !(failure is CancellationError) {
            // A rejected request has added nothing.
            guard (failure as? ApplicationError)?.category == .noResponse else { return }
        }
        let mayStart = discards.withLock { count in
            guard count < Self.maxDiscards else { return false }
            count += 1
            return true
        }
        guard mayStart else { return }
        let (clock, pause, attempts) = (clock, max(retryTimeout(), .milliseconds(1)), failure == nil ? 1 : 3)
        Task.detached { [self] in
            for attempt in 0..<attempts {
                if attempt > 0 { try? await clock.sleep(for: pause) }
                guard clock.uptime < lease.validUntil, (try? await release(context, lease)) != true else { break }
            }
            discards.withLock { $0 -= 1 }
        }
    }
}
