/// Creates the components of the Memcached driver from their descriptors (the toolkit's `DefaultMemcachedFactory`).
public enum DefaultMemcachedFactory {
    /// Returns a factory for the driver's components. If the driver is not compiled in, its descriptors cause an error
    /// that says how to compile it in.
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
