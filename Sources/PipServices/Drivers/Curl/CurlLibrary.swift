#if PIP_CURL
internal import CCurl

/// The libcurl of this process.
enum CurlLibrary {
    /// Its version.
    static let version = curl_version_info(CURLVERSION_FIRST).map { String(cString: $0.pointee.version) } ?? "unknown"

    /// False if it cannot be used. Initializes libcurl once, before anything else of it is called.
    static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// False before version 8, which starts HTTP/2 anew on a kept connection without TLS. The peer reports an error then.
    static let canShareHTTP2WithoutTLS =
        (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x08_0000
}
#endif
