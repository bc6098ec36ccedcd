#if PIP_MONGODB
internal import CMongoc
#endif

/// The driver for MongoDB, on libmongoc.
public enum MongoDBConnector {
    /// Whether the driver is compiled in, and on which libmongoc it runs.
    public static let driver = Driver(
        name: "MongoDB", flag: "PIP_MONGODB", package: "libmongoc-dev", libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_MONGODB
    private static var libraryVersion: String? { String(cString: mongoc_get_version()) }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
