#if PIP_AZURE
/// A lock in a table of Azure Storage (the toolkit's `CloudStorageTableLock`): a ``KeyValueLock`` on a table.
///
/// A lock is an entity of `table`, by default `locks`, which is created if it is missing. It contains the token of the
/// acquisition. Expiration is measured by the clock of Azure, in whole seconds: a lock expires up to a second late and
/// never early. With `options.fencing`, each acquisition has a fencing token.
public final class CloudStorageTableLock: Lock, Component, Openable, Checkable {
    /// A wrapper of the table, so that it is found as a child component only once, through `lock`.
    private struct Store: Sendable {
        let table = StorageTable()
    }

    private let store: Store
    private let lock: KeyValueLock

    /// Creates a lock.
    public init() {
        store = Store()
        lock = KeyValueLock(PrefixedKeyValueConnector(store.table))
    }

    /// The service's clock.
    public var clock: any ClockSource { lock.clock }
    /// The leases of locks that were acquired by key alone.
    public var held: HeldLeases { lock.held }

    /// True while the lock is open.
    public var isOpen: Bool { store.table.isOpen }
    /// Opens the connection, and creates the table if it is missing.
    /// - Throws: Misconfiguration `BAD_TABLE_NAME`, and those of the connection; NoResponse if Azure can't be reached.
    public func open(_ context: Context) async throws { try await store.table.open(context) }
    /// Closes the connection. Held locks expire with their time to live.
    public func close(_ context: Context) async throws { store.table.close() }
    /// Checks the name of the table and the connection. The connection is not checked if a part of it comes from a
    /// discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await store.table.checkConfiguration(context)
    }

    /// Acquires a lock if it is free.
    /// - Throws: NoResponse if Azure can't be reached.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease? {
        try await lock.tryAcquire(context, key, ttl: ttl)
    }

    /// Acquires a lock; retries while another owner holds it.
    /// - Throws: Conflict `LOCK_TIMEOUT` if it was not free in time; `CancellationError` if the task is cancelled while it
    ///   waits; NoResponse if Azure can't be reached.
    public func acquire(
        _ context: Context, _ key: String, ttl: Duration, timeout: Duration
    ) async throws -> LockLease {
        try await lock.acquire(context, key, ttl: ttl, timeout: timeout)
    }

    /// Extends a lock to `ttl` from now. Nil if it has expired or was released.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease? {
        try await lock.renew(context, lease, ttl: ttl)
    }

    /// Releases a lock. False if it had already expired.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) async throws -> Bool {
        try await lock.release(context, lease)
    }
}
#endif
