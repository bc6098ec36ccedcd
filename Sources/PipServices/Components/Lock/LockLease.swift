/// A lock that was acquired: the proof of it, for as long as it lasts.
///
/// It belongs to whoever acquired it. ``Lock/renew(_:_:ttl:)`` and ``Lock/release(_:_:)`` take it, and never touch a lock
/// that has gone over to somebody else.
public struct LockLease: Sendable, Hashable {
    /// What is locked.
    public let key: String
    /// Tells this acquisition from all others.
    public let token: String
    /// Grows with every acquisition of the key. A store that is handed it, and refuses numbers smaller than one it has
    /// seen, is safe from a holder that was slow to notice that its lease had ended. Nil where the lock does not count.
    public let fencing: Int64?
    /// The reading of the lock's clock at which the lease has ended, unless it is renewed before.
    public let validUntil: Duration

    /// Creates a lease: for those who write locks.
    public init(key: String, token: String, fencing: Int64? = nil, validUntil: Duration) {
        self.key = key
        self.token = token
        self.fencing = fencing
        self.validUntil = validUntil
    }

    // MARK: - Internal

    func valid(until validUntil: Duration) -> LockLease {
        LockLease(key: key, token: token, fencing: fencing, validUntil: validUntil)
    }
}
