/// Creates the components of the driver for Memcached by their descriptors (the toolkit's `DefaultMemcachedFactory`).
public enum DefaultMemcachedFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        guard MemcachedConnector.driver.isCompiledIn else {
            return MemcachedConnector.driver.absentFactory(
                "pip-services:cache:memcached:*:1.0", "pip-services:lock:memcached:*:1.0",
                "pip-services:connection:memcached:*:1.0")
        }
        return Factory()
            .register("pip-services:cache:memcached:*:1.0") { MemcachedCache() }
            .register("pip-services:lock:memcached:*:1.0") { MemcachedLock() }
            .register("pip-services:connection:memcached:*:1.0") { MemcachedConnection() }
    }
}
