/// Makes sure that only one of many does something at a time, across tasks or processes (the toolkit's `ILock`).
///
/// ```swift
/// try await lock.withLock(context, "import", ttl: .seconds(30), timeout: .seconds(5)) { lease in
///     ...
/// }
/// ```
/// Each acquisition has an owner: the ``LockLease`` that it gives. A lock ends by itself when its time to live is over, so
/// that a holder that dies does not keep it; one that needs longer renews it. All calls are safe from any task.
///
/// Without `options.prefix`, remote locks do not change keys: a ``Cache`` on the same server must not store values under the
/// key of a lock.
///
/// The toolkit's calls by key alone (`tryAcquireLock`, `acquireLock`, `releaseLock`) are there too. They know only which
/// lock component acquired a key, not which task: where a lock may end before its holder is done, use leases.
public protocol Lock: Sendable {
    /// The clock that leases go by.
    var clock: any ClockSource { get }
    /// The leases of locks that were acquired by key alone.
    var held: HeldLeases { get }

    /// Acquires a lock if it is free.
    ///
    /// - Parameter ttl: how long it lasts. One of zero or less has ended already.
    /// - Returns: the lease, or nil when somebody else holds it.
    /// - Throws: NoResponse when a remote lock can't be reached.
    func tryAcquire(_ context: Context, _ key: String, ttl: Duration) async throws -> LockLease?

    /// Acquires a lock, and waits for it if somebody else holds it.
    ///
    /// - Parameters:
    ///   - ttl: how long it lasts, from when it is acquired.
    ///   - timeout: how long to wait, at most until the context's deadline. With zero or less there is one try.
    /// - Throws: Conflict `LOCK_TIMEOUT` when it did not get free in time; `CancellationError` when the task is
    ///   cancelled while it waits; NoResponse when a remote lock can't be reached.
    func acquire(_ context: Context, _ key: String, ttl: Duration, timeout: Duration) async throws -> LockLease

    /// Lets a lock last for `ttl` from now.
    ///
    /// - Returns: the lease with its new end, or nil when it has ended or was released.
    /// - Throws: NoResponse when a remote lock can't be reached.
    func renew(_ context: Context, _ lease: LockLease, ttl: Duration) async throws -> LockLease?

    /// Ends a lock.
    ///
    /// - Returns: false when it had ended before; somebody else may hold it then, and keeps it.
    /// - Throws: NoResponse when a remote lock can't be reached.
    @discardableResult
    func release(_ context: Context, _ lease: LockLease) async throws -> Bool
}

extension Lock {
    /// Acquires a lock by key if it is free (the toolkit's `tryAcquireLock`).
    /// - Returns: false when somebody else holds it.
    public func tryAcquireLock(_ context: Context, _ key: String, ttl: Duration) async throws -> Bool {
        guard let lease = try await tryAcquire(context, key, ttl: ttl) else { return false }
        held.keep(lease, at: clock.uptime)
        return true
    }

    /// Acquires a lock by key, and waits for it if somebody else holds it (the toolkit's `acquireLock`).
    /// - Throws: Conflict `LOCK_TIMEOUT` when it did not get free in time, and as ``acquire(_:_:ttl:timeout:)``.
    public func acquireLock(_ context: Context, _ key: String, ttl: Duration, timeout: Duration) async throws {
        held.keep(try await acquire(context, key, ttl: ttl, timeout: timeout), at: clock.uptime)
    }

    /// Ends a lock that this component acquired by key (the toolkit's `releaseLock`). Does nothing when it holds none.
    public func releaseLock(_ context: Context, _ key: String) async throws {
        if let lease = held.take(key, at: clock.uptime) { try await release(context, lease) }
    }
}

// MARK: - Internal

extension ApplicationError {
    /// A lock that did not get free in time.
    static func lockTimeout(_ context: Context, _ key: String) -> ApplicationError {
        .conflict(
            code: "LOCK_TIMEOUT", "The lock '\(key)' did not get free in time", traceId: context.traceId,
            details: ["key": .string(key)])
    }

    /// A lock that ended while work went on under it.
    static func lockLost(_ context: Context, _ key: String) -> ApplicationError {
        .conflict(
            code: "LOCK_LOST", "The lock '\(key)' ended before the work was done", traceId: context.traceId,
            details: ["key": .string(key)])
    }
}
