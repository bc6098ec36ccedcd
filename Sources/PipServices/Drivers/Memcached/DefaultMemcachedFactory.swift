/// Creates the components of the driver for Memcached by their descriptors (the toolkit's `DefaultMemcachedFactory`).
public enum DefaultMemcachedFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        MemcachedConnector.driver.absentFactory(
            "pip-services:cache:memcached:*:1.0", "pip-services:lock:memcached:*:1.0")
    }
}
