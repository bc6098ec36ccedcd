#if PIP_REDIS
/// A state store on Redis: ``KeyValueStateStore`` on a ``RedisConnector``. The other editions have none.
///
/// Keys are prefixed with `options.prefix`, `state:` by default.
public final class RedisStateStore: ConnectorStateStore {
    /// The store's implementation.
    public let store = KeyValueStateStore(PrefixedKeyValueConnector(RedisConnector(), prefix: "state:"))

    /// Creates a store.
    public init() {}
}
#endif
