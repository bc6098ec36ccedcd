#if PIP_CURL
internal import CCurl
import Glibc

/// A libcurl easy handle, which executes one exchange.
///
/// It owns the memory that libcurl uses during the transfer, and a reference to the exchange for the callbacks.
/// ``free()`` releases both. The stored properties are plain pointers, so that nothing is released earlier.
struct CurlHandle {
    let easy: UnsafeMutableRawPointer
    private let retained: Unmanaged<CurlExchange>
    /// Receives error messages.
    private let errorBuffer: UnsafeMutablePointer<CChar>
    /// The header fields of the request.
    private var fields: UnsafeMutablePointer<curl_slist>?

    /// Sets up a transfer.
    /// - Parameter sessions: the TLS sessions that transfers share.
    init(
        _ exchange: CurlExchange, _ limits: CurlLimits, _ sessions: UnsafeMutableRawPointer
    ) throws(CurlError) {
        guard let easy = curl_easy_init() else { throw CurlError(CURLE_OUT_OF_MEMORY) }
        self.easy = easy
        retained = .passRetained(exchange)
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        do {
            let request = exchange.call.request
            try set(CURLOPT_ERRORBUFFER, errorBuffer)
            try set(CURLOPT_SHARE, sessions)
            try setConnection(exchange.call, limits)
            try setRequest(exchange.call)
            try setCallbacks()
            fields = try Self.fields(of: request)
            try Self.check(pip_curl_set_list(easy, CURLOPT_HTTPHEADER, fields))
        } catch {
            free()
            throw error
        }
    }

    /// The exchange.
    var exchange: CurlExchange { retained.takeUnretainedValue() }

    /// The exchange of a live easy handle.
    static func exchange(of easy: UnsafeMutableRawPointer) -> CurlExchange? {
        var pointer: UnsafeMutablePointer<CChar>?
        pip_curl_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
        return exchange(pointer)
    }

    /// libcurl's error message; nil if there is none.
    var errorMessage: String? { errorBuffer.pointee == 0 ? nil : String(cString: errorBuffer) }

    /// Frees the handle, which must have been removed from its multi handle. Do not use it afterwards.
    func free() {
        curl_easy_cleanup(easy)
        curl_slist_free_all(fields)
        errorBuffer.deallocate()
        retained.release()
    }

    // MARK: - Options

    private func setConnection(_ call: CurlCall, _ limits: CurlLimits) throws(CurlError) {
        let request = call.request
        let transport = request.transport
        // The URL starts with `http`, see CurlConnector.send.
        let isTLS = request.url.utf8.dropFirst(4).first.map { $0 | 0x20 } == UInt8(ascii: "s")
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_NOSIGNAL, 1)
        // Otherwise freeing a handle waits for its name resolution.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_MAXAGE_CONN, CurlLimits.seconds(limits.idleTime))
        try set(CURLOPT_MAXLIFETIME_CONN, CurlLimits.seconds(limits.connectionAge))
        try set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout ?? .seconds(10)))
        if let timeout = request.timeout { try set(CURLOPT_TIMEOUT_MS, Self.milliseconds(timeout)) }
        try setVersion(transport.version, isTLS)
        // An empty string disables proxies from the environment.
        try set(CURLOPT_PROXY, transport.proxy ?? "")
        try set(CURLOPT_NOPROXY, "")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        guard isTLS else { return }
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = transport.caFile {
            // Without contents, libcurl reports the problem of the file.
            if let bytes = call.authorities?.certificates(in: file) {
                try set(CURLOPT_CAINFO_BLOB, bytes)
            } else {
                try set(CURLOPT_CAINFO, file)
            }
            // Otherwise the system's certificate directory is trusted as well.
            try set(CURLOPT_CAPATH, nil)
        }
        try set(CURLOPT_CA_CACHE_TIMEOUT, Self.authoritiesSeconds)
        if let file = transport.certificateFile { try set(CURLOPT_SSLCERT, file) }
        if let file = transport.keyFile { try set(CURLOPT_SSLKEY, file) }
    }

    /// How long libcurl caches the system's trusted certificates. Reading them takes about 10 ms.
    private static let authoritiesSeconds = 300

    private func setVersion(_ version: HTTPTransport.Version, _ isTLS: Bool) throws(CurlError) {
        switch version {
        case .http1: try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case .automatic: try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        case .http2:
            try set(
                CURLOPT_HTTP_VERSION,
                Int(isTLS ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
        }
        if !isTLS, version == .http2, !CurlLibrary.canShareHTTP2WithoutTLS {
            try set(CURLOPT_FRESH_CONNECT, 1)
            try set(CURLOPT_FORBID_REUSE, 1)
        } else if version == .http2 || isTLS && version != .http1 {
            // Prefers a stream on a pending connection to a new connection.
            try set(CURLOPT_PIPEWAIT, 1)
        }
    }

    private func setRequest(_ call: CurlCall) throws(CurlError) {
        let request = call.request
        try set(CURLOPT_URL, request.url)
        // Otherwise a `..` path segment would change the route.
        try set(CURLOPT_PATH_AS_IS, 1)
        var hasBody = true
        if call.upload != nil {
            try set(CURLOPT_UPLOAD, 1)
            try set(CURLOPT_INFILESIZE_LARGE, size: request.body.length ?? -1)
        } else if !request.body.isEmpty || [.post, .put, .patch].contains(request.method) {
            try set(CURLOPT_POST, 1)
            try setBody(request.body.bytes ?? [])
        } else {
            hasBody = false
        }
        if hasBody || ![.get, .head].contains(request.method) {
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        if request.method == .head { try set(CURLOPT_NOBODY, 1) }
        if call.acceptsCompression { try set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate") }
    }

    /// Sets the body, which libcurl copies.
    private func setBody(_ bytes: [UInt8]) throws(CurlError) {
        try set(CURLOPT_POSTFIELDSIZE_LARGE, size: bytes.count)
        let code = bytes.withUnsafeBytes { buffer in
            // A null pointer means that a callback provides the body.
            guard let start = buffer.baseAddress else { return pip_curl_set_text(easy, CURLOPT_COPYPOSTFIELDS, "") }
            return pip_curl_set_text(easy, CURLOPT_COPYPOSTFIELDS, start.assumingMemoryBound(to: CChar.self))
        }
        try Self.check(code)
    }

    /// The request's header fields as a list. The caller frees it.
    private static func fields(of request: HTTPClientRequest) throws(CurlError) -> UnsafeMutablePointer<curl_slist>? {
        // Disables fields that libcurl adds: `Expect: 100-continue`, and a form's content type.
        var lines = ["Expect:"]
        if request[header: "Content-Type"] == nil { lines.append("Content-Type:") }
        if request[header: "Accept"] == nil { lines.append("Accept:") }
        for (name, value) in request.headers { lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)") }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw CurlError(CURLE_OUT_OF_MEMORY)
            }
            list = longer
        }
        return list
    }

    // MARK: - Callbacks

    private func setCallbacks() throws(CurlError) {
        let pointer = retained.toOpaque()
        try set(CURLOPT_PRIVATE, pointer)
        try set(CURLOPT_HEADERDATA, pointer)
        try Self.check(
            pip_curl_set_transfer(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, pointer in
                guard let exchange = CurlHandle.exchange(pointer) else { return 0 }
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return exchange.receiveHeaderLine(line) ? line.count : 0
            })
        try set(CURLOPT_WRITEDATA, pointer)
        try Self.check(
            pip_curl_set_transfer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, pointer in
                guard let exchange = CurlHandle.exchange(pointer) else { return 0 }
                return switch exchange.receiveBody(Array(UnsafeRawBufferPointer(start: bytes, count: size * count))) {
                case .accepted: size * count
                case .full: Int(CURL_WRITEFUNC_PAUSE)
                case .rejected: 0
                }
            })
        try set(CURLOPT_READDATA, pointer)
        try Self.check(
            pip_curl_set_transfer(easy, CURLOPT_READFUNCTION) { target, size, count, pointer in
                guard let exchange = CurlHandle.exchange(pointer) else { return Int(CURL_READFUNC_ABORT) }
                switch exchange.readUpload(upTo: size * count) {
                case .bytes(let bytes):
                    UnsafeMutableRawBufferPointer(start: target, count: size * count).copyBytes(from: bytes)
                    return bytes.count
                case .nothingYet: return Int(CURL_READFUNC_PAUSE)
                case .end: return 0
                case .failed: return Int(CURL_READFUNC_ABORT)
                }
            })
        try set(CURLOPT_PREREQDATA, pointer)
        try Self.check(
            pip_curl_set_before(easy) { pointer, _, _, _, _ in
                CurlHandle.exchange(pointer)?.allowsSending() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            })
        try set(CURLOPT_RESOLVER_START_DATA, pointer)
        try Self.check(
            pip_curl_set_resolving(easy) { _, _, pointer in
                CurlHandle.exchange(pointer)?.mayResolve() == false ? 1 : 0
            })
        try set(CURLOPT_OPENSOCKETDATA, pointer)
        try Self.check(
            pip_curl_set_open(easy) { pointer, _, address in
                CurlHandle.exchange(pointer)?.noteSocket()
                guard let address = address?.pointee else { return CURL_SOCKET_BAD }
                // Child processes must not inherit the socket.
                return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
            })
    }

    /// The exchange retained for libcurl.
    private static func exchange(_ pointer: UnsafeMutableRawPointer?) -> CurlExchange? {
        pointer.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: - Setters

    private func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try Self.check(pip_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, size: Int) throws(CurlError) {
        try Self.check(pip_curl_set_size(easy, option, curl_off_t(size)))
    }

    /// libcurl copies the string.
    private func set(_ option: CURLoption, _ value: String?) throws(CurlError) {
        try Self.check(pip_curl_set_text(easy, option, value))
    }

    /// libcurl copies the bytes.
    private func set(_ option: CURLoption, _ bytes: [UInt8]) throws(CurlError) {
        let code = bytes.withUnsafeBytes { pip_curl_set_bytes(easy, option, $0.baseAddress, $0.count) }
        try Self.check(code)
    }

    private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) throws(CurlError) {
        try Self.check(pip_curl_set_pointer(easy, option, value))
    }

    private static func check(_ code: CURLcode) throws(CurlError) {
        if code != CURLE_OK { throw CurlError(code) }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(duration.milliseconds.rounded(.up), 1), 2_147_483_647))
    }
}
#endif
