/// Creates the components of the Redis driver by their descriptors (the toolkit's `DefaultRedisFactory`).
public enum DefaultRedisFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_REDIS
        Factory()
            .register("pip-services:connection:redis:*:1.0") { RedisConnection() }
            .register("pip-services:cache:redis:*:1.0") { RedisCache() }
            .register("pip-services:lock:redis:*:1.0") { RedisLock() }
            .register("pip-services:state-store:redis:*:1.0") { RedisStateStore() }
            .register("pip-services:message-queue:redis:*:1.0", requested: { RedisStreamMessageQueue(named: $0) })
            .register(
                "pip-services:message-queue:redis-pubsub:*:1.0",
                requested: { CachedMessageQueue($0.descriptor?.name ?? "default", RedisPubSubTransport()) })
        #else
        RedisConnector.driver.absentFactory(
            "pip-services:connection:redis:*:1.0", "pip-services:cache:redis:*:1.0", "pip-services:lock:redis:*:1.0",
            "pip-services:state-store:redis:*:1.0", "pip-services:message-queue:redis:*:1.0",
            "pip-services:message-queue:redis-pubsub:*:1.0")
        #endif
    }
}
