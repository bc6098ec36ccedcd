#if PIP_REDIS
/// A lock on Redis (the toolkit's `RedisLock`): ``KeyValueLock`` on a ``RedisConnector``.
///
/// A lock is a key with the token of its acquisition, compatible with the locks of the other editions. With
/// `options.fencing`, each acquisition has a fencing token.
public final class RedisLock: ConnectorLock {
    /// The lock's implementation.
    public let lock = KeyValueLock(PrefixedKeyValueConnector(RedisConnector()))

    /// Creates a lock.
    public init() {}
}
#endif
