#if PIP_CURL
internal import CCurl

/// The process-wide state of libcurl.
enum CurlLibrary {
    /// Its version.
    static let version = curl_version_info(CURLVERSION_FIRST).map { String(cString: $0.pointee.version) } ?? "unknown"

    /// False if libcurl cannot be used. Initializes it once, before any other use.
    static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// False before version 8. Earlier versions restart HTTP/2 on a reused connection without TLS, which is a protocol
    /// error.
    static let canShareHTTP2WithoutTLS =
        (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x08_0000
}
#endif
