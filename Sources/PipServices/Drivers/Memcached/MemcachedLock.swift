/// A lock on memcached (the toolkit's `MemcachedLock`): ``KeyValueLock`` on a ``MemcachedConnector``.
///
/// The key holds the token of the acquisition. It keeps others of all editions out; but the other editions check no owner:
/// when one releases a lock that it does not hold, it ends this one. Acquisitions have no fencing number, since memcached
/// may forget it, and for the same reason a lock can end early: when the server is started anew or needs room. Where two
/// holders do harm, take a lock on a store that keeps what it is given.
public final class MemcachedLock: Lock, Component {
    private let lock = KeyValueLock(MemcachedConnector())

    /// Creates a lock.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { lock.clock }
    /// The leases of locks that were acquired by key alone.
    public var held: HeldLeases { lock.held }

    /// Acquires a lock if it is free.
    /// - Throws: what ``MemcachedConnector`` throws.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        try await lock.tryAcquire(context, key, ttl: ttl)
    }

    /// Acquires a lock, and tries again and again while somebody else holds it, about every `options.retry_timeout`.
    /// - Throws: Conflict `LOCK_TIMEOUT` when it did not get free in time; `CancellationError` when the task is
    ///   cancelled while it waits; what ``MemcachedConnector`` throws.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        try await lock.acquire(context, key, ttl: ttl, timeout: timeout)
    }

    /// Lets a lock last for `ttl` from now. Nil when it has ended or was released.
    /// - Throws: what ``MemcachedConnector`` throws.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        try await lock.renew(context, lease, ttl: ttl)
    }

    /// Ends a lock. False when it had ended before.
    /// - Throws: what ``MemcachedConnector`` throws.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await lock.release(context, lease)
    }
}
