#if PIP_REDIS
internal import CHiredis
#endif

/// The driver for Redis, on hiredis.
public enum RedisConnector {
    /// Whether the driver is compiled in, and on which hiredis it runs.
    public static let driver = Driver(
        name: "Redis", flag: "PIP_REDIS", package: "libhiredis-dev", libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_REDIS
    private static var libraryVersion: String? { String(cString: pip_redis_version()) }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
