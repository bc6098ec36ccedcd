/// The leases of locks that were acquired by key alone, so that they can be released by key. Every ``Lock`` has one
/// instance.
public final class HeldLeases: Sendable {
    private let leases = Locked(ExpiringTable<LockLease>())

    /// Creates an empty instance.
    public init() {}

    // MARK: - Internal

    func keep(_ lease: LockLease, at now: Duration) {
        leases.displace { $0.set(lease.key, lease, until: lease.validUntil, at: now) }
    }

    /// Removes and returns the lease of a key. Nil if there is none or it has expired.
    func take(_ key: String, at now: Duration) -> LockLease? {
        leases.withLock { leases in
            let lease = leases.value(key, at: now)
            leases.remove(key)
            return lease
        }
    }
}
