/// A lock on memcached (the toolkit's `MemcachedLock`): ``KeyValueLock`` on a ``MemcachedConnector``.
///
/// The key holds the token of the acquisition. Locks are compatible with those of all editions, but the other editions
/// do not check the owner: one of them may release a lock that it does not hold. Acquisitions have no fencing token,
/// because memcached may lose the counter. A lock can also end early, when the server restarts or evicts it. If two
/// concurrent holders would do harm, use a lock on a durable store.
public final class MemcachedLock: ConnectorLock {
    /// The lock's implementation.
    public let lock = KeyValueLock(PrefixedKeyValueConnector(MemcachedConnector()))

    /// Creates a lock.
    public init() {}
}
