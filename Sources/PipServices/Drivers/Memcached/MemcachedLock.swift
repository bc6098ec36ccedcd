/// A lock on memcached (the toolkit's `MemcachedLock`): ``KeyValueLock`` on a ``MemcachedConnector``.
///
/// The key holds the token of the acquisition. Locks are compatible with those of all editions, but the other editions
/// do not check the owner: one of them may release a lock that it does not hold. Acquisitions have no fencing token,
/// because memcached may lose the counter. A lock can also end early, when the server restarts or evicts it. If two
/// concurrent holders would do harm, use a lock on a durable store.
public final class MemcachedLock: Lock, Component {
    private let lock = KeyValueLock(PrefixedKeyValueConnector(MemcachedConnector()))

    /// Creates a lock.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { lock.clock }
    /// The leases of locks that were acquired by key only.
    public var held: HeldLeases { lock.held }

    /// Acquires a lock if it is free.
    /// - Throws: the errors of ``MemcachedConnector``.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        try await lock.tryAcquire(context, key, ttl: ttl)
    }

    /// Acquires a lock. While it is held by another caller, retries about every `options.retry_timeout`.
    /// - Throws: Conflict `LOCK_TIMEOUT` if it is not free in time; `CancellationError` if the task is cancelled while
    ///   it waits; the errors of ``MemcachedConnector``.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        try await lock.acquire(context, key, ttl: ttl, timeout: timeout)
    }

    /// Extends a lock to `ttl` from now. Nil if it has expired or was released.
    /// - Throws: the errors of ``MemcachedConnector``.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        try await lock.renew(context, lease, ttl: ttl)
    }

    /// Releases a lock. False if it had already ended.
    /// - Throws: the errors of ``MemcachedConnector``.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await lock.release(context, lease)
    }
}
