/// Remembers the leases of locks that were acquired by key alone, so that they can be released by key: every ``Lock``
/// holds one.
public final class HeldLeases: Sendable {
    private let leases = Locked(ExpiringTable<LockLease>())

    /// Creates an empty memory.
    public init() {}

    // MARK: - Internal

    func keep(_ lease: LockLease, at now: Duration) {
        leases.displace { $0.set(lease.key, lease, until: lease.validUntil, at: now) }
    }

    /// The lease of a key, which is then forgotten. Nil when there is none or it has ended.
    func take(_ key: String, at now: Duration) -> LockLease? {
        leases.withLock { leases in
            let lease = leases.value(key, at: now)
            leases.remove(key)
            return lease
        }
    }
}
