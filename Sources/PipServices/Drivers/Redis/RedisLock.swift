#if PIP_REDIS
/// A lock on Redis (the toolkit's `RedisLock`): ``KeyValueLock`` on a ``RedisConnector``.
///
/// A lock is a key with the token of its acquisition, compatible with the locks of the other editions. With
/// `options.fencing`, each acquisition has a fencing token.
public final class RedisLock: Lock, Component {
    private let lock = KeyValueLock(PrefixedKeyValueConnector(RedisConnector()))

    /// Creates a lock.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { lock.clock }
    /// The leases of locks that were acquired by key only.
    public var held: HeldLeases { lock.held }

    /// Acquires a lock if it is free.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        try await lock.tryAcquire(context, key, ttl: ttl)
    }

    /// Acquires a lock, retrying while another caller holds it.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        try await lock.acquire(context, key, ttl: ttl, timeout: timeout)
    }

    /// Extends a lock to `ttl` from now. Nil if it has expired or was released.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        try await lock.renew(context, lease, ttl: ttl)
    }

    /// Releases a lock. False if it had already ended.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await lock.release(context, lease)
    }
}
#endif
