/// Creates the components of the driver for Redis by their descriptors (the toolkit's `DefaultRedisFactory`).
public enum DefaultRedisFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        RedisConnector.driver.absentFactory(
            "pip-services:cache:redis:*:1.0", "pip-services:lock:redis:*:1.0")
    }
}
