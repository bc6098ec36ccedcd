/// The proof that a lock is held, until it expires.
///
/// It belongs to the caller that acquired the lock. ``Lock/renew(_:_:ttl:)`` and ``Lock/release(_:_:)`` accept it, and
/// never affect a lock that another holder has acquired since.
public struct LockLease: Sendable, Hashable {
    /// The key of the lock.
    public let key: String
    /// Identifies the acquisition.
    public let token: String
    /// The fencing token: increases with every acquisition of the key. A store that rejects smaller tokens than the
    /// largest one seen is protected from a holder that notices too late that its lease has expired. Nil if the lock
    /// does not count acquisitions.
    public let fencing: Int64?
    /// The expiration time of the lease on the lock's clock, unless it is renewed.
    public let validUntil: Duration

    /// Creates a lease, for implementations of ``Lock``.
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
