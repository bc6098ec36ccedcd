#if PIP_CURL
internal import CCurl

/// An error of libcurl.
struct CurlError: Error {
    enum Kind {
        case timeout
        case noTLS
        case badResponse
        case badURL
        /// A callback aborted the transfer.
        case aborted
        /// Any other error.
        case noConnection
    }

    let kind: Kind
    /// libcurl's description.
    let reason: String

    /// - Parameter reason: the specific message; nil for the general one.
    init(_ code: CURLcode, reason: String? = nil) {
        self.reason = reason ?? String(cString: curl_easy_strerror(code))
        kind =
            switch code {
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
                CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
                .noTLS
            // libcurl reports a header line that is too long as out of memory.
            case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
                CURLE_OUT_OF_MEMORY:
                .badResponse
            case CURLE_URL_MALFORMAT: .badURL
            case CURLE_ABORTED_BY_CALLBACK: .aborted
            default: .noConnection
            }
    }
}
#endif
