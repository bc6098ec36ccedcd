#if PIP_CURL
internal import CCurl
#endif

/// The driver for Curl, on libcurl.
public enum CurlConnector {
    /// Whether the driver is compiled in, and on which libcurl it runs.
    public static let driver = Driver(
        name: "Curl", flag: "PIP_CURL", package: "libcurl4-openssl-dev", libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_CURL
    private static var libraryVersion: String? { version() }

    private static func version() -> String {
        curl_version_info(CURLVERSION_FIRST).map { String(cString: $0.pointee.version) } ?? "unknown"
    }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
