/// A lock that everybody gets (the toolkit's `NullLock`).
public final class NullLock: Lock, Component {
    private let clockSlot = ClockSlot()
    /// The leases of locks that were acquired by key alone.
    public let held = HeldLeases()

    /// Creates the lock.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Gives a lease, always.
    public func tryAcquire(_ context: Context, _ key: String, ttl: Duration) -> LockLease? {
        acquire(context, key, ttl: ttl, timeout: .zero)
    }

    /// Gives a lease, at once.
    public func acquire(_ context: Context, _ key: String, ttl: Duration, timeout: Duration) -> LockLease {
        LockLease(key: key, token: "", validUntil: clockSlot.uptime.adding(timeout: ttl))
    }

    /// Gives a lease, always.
    public func renew(_ context: Context, _ lease: LockLease, ttl: Duration) -> LockLease? {
        lease.valid(until: clockSlot.uptime.adding(timeout: ttl))
    }

    /// True, always.
    @discardableResult
    public func release(_ context: Context, _ lease: LockLease) -> Bool { true }
}
