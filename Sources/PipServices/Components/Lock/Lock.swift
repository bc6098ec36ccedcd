/// A mutual-exclusion lock across tasks or processes (the toolkit's `ILock`).
///
/// ```swift
/// try await lock.withLock(context, "import", ttl: .seconds(30), timeout: .seconds(5)) { lease in
///     ...
/// }
/// ```
/// Each acquisition is represented by a ``LockLease``. A lock expires automatically after its time to live, so that a
/// holder that dies does not keep it. Renew it during long work. All calls are safe from any task.
///
/// Remote locks use keys unchanged unless `options.prefix` is set: a ``Cache`` on the same server must not store values
/// under the key of a lock.
///
/// The toolkit's calls by key alone (`tryAcquireLock`, `acquireLock`, `releaseLock`) also exist. They record which lock
/// component acquired a key, but not which task. Use leases if a lock may expire before its holder is done.
public protocol Lock: Sendable {
    /// The clock for leases.
    var clock: any ClockSource { get }
    /// The leases of locks that were acquired by key alone.
    var held: HeldLeases { get }

    /// Acquires a lock if it is free.
    ///
    /// - Parameter ttl: the time to live. A lease of zero or less has already expired.
    /// - Returns: the lease, or nil if the lock is held.
    /// - Throws: NoResponse if a remote lock can't be reached.
    func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease?

    /// Acquires a lock, waiting while it is held.
    ///
    /// - Parameters:
    ///   - ttl: the time to live, starting at the acquisition.
    ///   - timeout: the maximum time to wait, also limited by the context's deadline. Zero or less means one attempt.
    /// - Throws: Conflict `LOCK_TIMEOUT` on timeout; `CancellationError` if the task is cancelled while it waits;
    ///   NoResponse if a remote lock can't be reached.
    func acquire(_ context: Context, _ key: String, ttl: Duration, timeout: Duration) async throws -> LockLease

    /// Extends a lock to `ttl` from now.
    ///
    /// - Returns: the renewed lease, or nil if the lock has expired or was released.
    /// - Throws: NoResponse if a remote lock can't be reached.
    func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease?

    /// Releases a lock.
    ///
    /// - Returns: false if it had expired before. Another holder may have acquired it since, and keeps it.
    /// - Throws: NoResponse if a remote lock can't be reached.
    @discardableResult
    func release(_ context: Context, _ lease: LockLease) async throws -> Bool
}

extension Lock {
    /// Acquires a lock by key if it is free (the toolkit's `tryAcquireLock`).
    /// - Returns: false if the lock is held.
    public func tryAcquireLock(_ context: Context, _ key: String, ttl: Duration) async throws -> Bool {
        guard let lease = try await tryAcquire(context, key, ttl: ttl) else { return false }
        held.keep(lease, at: clock.uptime)
        return true
    }

    /// Acquires a lock by key, waiting while it is held (the toolkit's `acquireLock`).
    /// - Throws: Conflict `LOCK_TIMEOUT` on timeout, and as ``acquire(_:_:ttl:timeout:)``.
    public func acquireLock(_ context: Context, _ key: String, ttl: Duration, timeout: Duration) async throws {
        held.keep(try await acquire(context, key, ttl: ttl, timeout: timeout), at: clock.uptime)
    }

    /// Releases a lock that this component acquired by key (the toolkit's `releaseLock`). Does nothing if it holds
    /// none.
    public func releaseLock(_ context: Context, _ key: String) async throws {
        if let lease = held.take(key, at: clock.uptime) { try await release(context, lease) }
    }
}

// MARK: - Internal

extension ApplicationError {
    /// Returns the error for a lock that was not acquired in time.
    static func lockTimeout(_ context: Context, _ key: String) -> ApplicationError {
        .conflict(
            code: "LOCK_TIMEOUT", "The lock '\(key)' was not acquired in time", traceId: context.traceId,
            details: ["key": .string(key)])
    }

    /// Returns the error for a lock that expired during the work that it protects.
    static func lockLost(_ context: Context, _ key: String) -> ApplicationError {
        .conflict(
            code: "LOCK_LOST", "The lock '\(key)' expired before the work was done", traceId: context.traceId,
            details: ["key": .string(key)])
    }
}
