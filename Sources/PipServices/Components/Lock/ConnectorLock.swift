/// A lock on a key-value store, such as `RedisLock`. It declares its ``KeyValueLock``, and the methods of ``Lock`` have
/// default implementations.
public protocol ConnectorLock: Lock, Component {
    /// The lock's implementation.
    var lock: KeyValueLock { get }
}

extension ConnectorLock {
    /// The clock of the service.
    public var clock: any ClockSource { lock.clock }
    /// The leases of locks that were acquired by key alone.
    public var held: HeldLeases { lock.held }

    /// Acquires a lock if it is free.
    /// - Throws: as ``KeyValueLock/tryAcquire(_:_:ttl:)``.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        try await lock.tryAcquire(context, key, ttl: ttl)
    }

    /// Acquires a lock, waiting while it is held.
    /// - Throws: as ``KeyValueLock/acquire(_:_:ttl:timeout:)``.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        try await lock.acquire(context, key, ttl: ttl, timeout: timeout)
    }

    /// Extends a lock to `ttl` from now. Nil if it has expired or was released.
    /// - Throws: errors of the connector.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        try await lock.renew(context, lease, ttl: ttl)
    }

    /// Releases a lock. False if it had expired before.
    /// - Throws: errors of the connector.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await lock.release(context, lease)
    }
}
