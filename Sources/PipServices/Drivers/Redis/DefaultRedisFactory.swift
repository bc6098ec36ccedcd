/// Creates the components of the driver for Redis by their descriptors (the toolkit's `DefaultRedisFactory`).
public enum DefaultRedisFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
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
