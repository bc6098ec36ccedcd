#if PIP_REDIS
/// A lock in Redis (the toolkit's `RedisLock`): a ``KeyValueLock`` on a ``RedisConnector``.
///
/// A lock is a key with the token of its acquisition, as in the other editions, which respect each other's locks. With
/// `options.fencing` each acquisition has a number.
public final class RedisLock: Lock, Component {
    private let lock = KeyValueLock(PrefixedKeyValueConnector(RedisConnector()))

    /// Creates a lock.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { lock.clock }
    /// The leases of locks that were acquired by key alone.
    public var held: HeldLeases { lock.held }

    /// Acquires a lock if it is free.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        try await lock.tryAcquire(context, key, ttl: ttl)
    }

    /// Acquires a lock, and tries again and again while somebody else holds it.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        try await lock.acquire(context, key, ttl: ttl, timeout: timeout)
    }

    /// Lets a lock last for `ttl` from now. Nil when it has ended or was released.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        try await lock.renew(context, lease, ttl: ttl)
    }

    /// Ends a lock. False when it had ended before.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await lock.release(context, lease)
    }
}
#endif
