/// A lock that is always free (the toolkit's `NullLock`).
public final class NullLock: Lock, Component {
    private let clockSlot = ClockSlot()
    /// The leases of locks that were acquired by key alone.
    public let held = HeldLeases()

    /// Creates the lock.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Returns a lease, always.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) -> LockLease? {
        acquire(context, key, ttl: ttl, timeout: .zero)
    }

    /// Returns a lease without waiting.
    public func acquire(_ context: Context, _ key: String, ttl: Duration, timeout: Duration) -> LockLease {
        LockLease(key: key, token: "", validUntil: clockSlot.uptime.adding(timeout: ttl))
    }

    /// Returns a renewed lease, always.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) -> LockLease? {
        lease.valid(until: clockSlot.uptime.adding(timeout: ttl))
    }

    /// Returns true, always.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) -> Bool { true }
}
