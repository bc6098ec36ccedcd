#if PIP_MEMCACHED
internal import CMemcached
#endif

/// The driver for Memcached, on libmemcached.
public enum MemcachedConnector {
    /// Whether the driver is compiled in, and on which libmemcached it runs.
    public static let driver = Driver(
        name: "Memcached", flag: "PIP_MEMCACHED", package: "libmemcached-dev", libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_MEMCACHED
    private static var libraryVersion: String? { String(cString: memcached_lib_version()) }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
