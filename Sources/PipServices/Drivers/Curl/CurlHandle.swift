#if PIP_CURL
internal import CCurl

/// A handle of libcurl, which carries out one transfer after the other.
///
/// To set one up costs libcurl a good part of what a small request does: what requests of one shape have in common stays.
/// All of it happens on the thread of the transfers.
final class CurlHandle {
    let easy: UnsafeMutableRawPointer
    /// What is carried out; nil while the handle is free.
    private(set) var exchange: CurlExchange?
    /// What the handle is set up for.
    private(set) var shape: CurlShape?
    private let sockets: CurlSockets
    /// How long a connection is used again, in seconds.
    private let maxAge: Int
    /// Where libcurl writes what went wrong; as long as it asks for.
    private let errorText: UnsafeMutablePointer<CChar>
    private static let errorSize = 256
    private let memory = CurlRequestMemory()

    /// Nil when libcurl gives none.
    init?(_ sockets: CurlSockets, maxAge: Int) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.sockets = sockets
        self.maxAge = maxAge
        errorText = .allocate(capacity: Self.errorSize)
        errorText.initialize(repeating: 0, count: Self.errorSize)
    }

    deinit {
        curl_easy_cleanup(easy)
        errorText.deallocate()
    }

    /// The handle that libcurl was told of.
    static func at(_ pointer: UnsafeMutableRawPointer?) -> CurlHandle? {
        pointer.map { Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    /// What libcurl says of a failure.
    var reason: String? { errorText.pointee == 0 ? nil : String(cString: errorText) }

    /// Takes an exchange, which is to be carried out next.
    func begin(_ exchange: CurlExchange) {
        let shape = exchange.job.shape
        if self.shape != shape {
            if self.shape != nil { curl_easy_reset(easy) }
            setUp(shape)
            self.shape = shape
        }
        self.exchange = exchange
        errorText.pointee = 0
        setRequest(exchange.job, shape)
    }

    /// Lets go of the exchange. libcurl must no longer carry it out.
    /// - Parameter isComplete: false for a handle that a broken transfer may have left in any state.
    func end(isComplete: Bool) {
        exchange = nil
        if isComplete {
            // What they point to belongs to the next request.
            if shape?.body == .bytes { pip_curl_set_text(easy, CURLOPT_POSTFIELDS, nil) }
            pip_curl_set_list(easy, CURLOPT_HTTPHEADER, nil)
        } else {
            curl_easy_reset(easy)
            shape = nil
        }
        memory.shrink()
    }

    // MARK: - What a shape has in common

    private func setUp(_ shape: CurlShape) {
        pip_curl_set_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
        pip_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        // An id of two dots must not make it another path.
        pip_curl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        pip_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        pip_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // Else giving up a slow look-up of a name would wait for it.
        pip_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        pip_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        pip_curl_set_long(easy, CURLOPT_MAXAGE_CONN, maxAge)
        sockets.setCallbacks(easy)
        setTransport(shape)
        setCallbacks()
        setMethod(shape)
    }

    private func setTransport(_ shape: CurlShape) {
        let (transport, isTLS) = (shape.transport, shape.isTLS)
        let version =
            switch transport.version {
            case .http1: Int(CURL_HTTP_VERSION_1_1)
            case .automatic: Int(CURL_HTTP_VERSION_2TLS)
            case .http2: Int(isTLS ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
            }
        pip_curl_set_long(easy, CURLOPT_HTTP_VERSION, version)
        if !isTLS, transport.version == .http2, !Self.canShareHTTP2WithoutTLS {
            pip_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
            pip_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        } else if transport.version == .http2 || isTLS && transport.version != .http1 {
            // Rather a stream of a connection that is just being made than another connection.
            pip_curl_set_long(easy, CURLOPT_PIPEWAIT, 1)
        }
        // An empty text turns off the proxies of the environment.
        pip_curl_set_text(easy, CURLOPT_PROXY, transport.proxy ?? "")
        pip_curl_set_text(easy, CURLOPT_NOPROXY, "")
        pip_curl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        guard isTLS else { return }
        pip_curl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = transport.caFile {
            pip_curl_set_text(easy, CURLOPT_CAINFO, file)
            // Else the system's folder of certificates would be trusted as well.
            pip_curl_set_text(easy, CURLOPT_CAPATH, nil)
        }
        if let file = transport.certificateFile { pip_curl_set_text(easy, CURLOPT_SSLCERT, file) }
        if let file = transport.keyFile { pip_curl_set_text(easy, CURLOPT_SSLKEY, file) }
    }

    /// Before version 8 libcurl begins HTTP/2 anew on a kept connection without TLS, which the peer takes as an error.
    private static let canShareHTTP2WithoutTLS =
        (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x08_0000

    private func setCallbacks() {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        pip_curl_set_pointer(easy, CURLOPT_HEADERDATA, pointer)
        pip_curl_set_transfer(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, pointer in
            guard let exchange = CurlHandle.at(pointer)?.exchange, let bytes else { return 0 }
            return exchange.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        pip_curl_set_pointer(easy, CURLOPT_WRITEDATA, pointer)
        pip_curl_set_transfer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, pointer in
            guard let exchange = CurlHandle.at(pointer)?.exchange, let bytes else { return 0 }
            return switch exchange.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
            case .taken: size * count
            case .later: Int(CURL_WRITEFUNC_PAUSE)
            case .refused: 0
            }
        }
        pip_curl_set_pointer(easy, CURLOPT_PREREQDATA, pointer)
        pip_curl_set_before(easy) { pointer, _, _, _, _ in
            CurlHandle.at(pointer)?.exchange?.mayBeSent() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private func setMethod(_ shape: CurlShape) {
        switch shape.body {
        case .stream:
            pip_curl_set_long(easy, CURLOPT_UPLOAD, 1)
            pip_curl_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
            pip_curl_set_transfer(easy, CURLOPT_READFUNCTION) { target, size, count, pointer in
                guard let pipe = CurlHandle.at(pointer)?.exchange?.job.upload, let target else {
                    return Int(CURL_READFUNC_ABORT)
                }
                switch pipe.tryRead(upTo: size * count) {
                case .bytes(let bytes):
                    UnsafeMutableRawBufferPointer(start: target, count: size * count).copyBytes(from: bytes)
                    return bytes.count
                case .nothingYet: return Int(CURL_READFUNC_PAUSE)
                case .end: return 0
                case .failed: return Int(CURL_READFUNC_ABORT)
                }
            }
        case .bytes: pip_curl_set_long(easy, CURLOPT_POST, 1)
        case .none: break
        }
        if shape.body != .none || ![.get, .head].contains(shape.method) {
            pip_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, shape.method.rawValue)
        }
        if shape.method == .head { pip_curl_set_long(easy, CURLOPT_NOBODY, 1) }
    }

    // MARK: - What each request has of its own

    private func setRequest(_ job: CurlJob, _ shape: CurlShape) {
        let request = job.request
        _ = request.url.withCString { pip_curl_set_text(easy, CURLOPT_URL, $0) }
        pip_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout ?? .seconds(10)))
        // None is 0.
        pip_curl_set_long(easy, CURLOPT_TIMEOUT_MS, request.timeout.map { Self.milliseconds($0) } ?? 0)
        switch shape.body {
        case .stream: pip_curl_set_size(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.length ?? -1))
        case .bytes:
            let bytes = request.body.bytes ?? []
            pip_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            pip_curl_set_text(easy, CURLOPT_POSTFIELDS, memory.copy(bytes))
        case .none: break
        }
        pip_curl_set_list(easy, CURLOPT_HTTPHEADER, memory.lines(of: request))
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(duration.milliseconds.rounded(.up), 1), 2_147_483_647))
    }
}

/// What requests have in common that go by a handle which is set up once.
struct CurlShape: Hashable {
    /// Where a body comes from.
    enum Body {
        case none
        case bytes
        case stream
    }

    let transport: HTTPTransport
    let isTLS: Bool
    let method: HTTPMethod
    let body: Body

    /// True where libcurl waits for nothing when it starts: with TLS it may read files of certificates.
    var waitsForNothing: Bool { !isTLS && transport.proxy == nil }

    /// - Parameter uploads: whether the body is sent piece by piece.
    init(_ request: HTTPClientRequest, uploads: Bool) {
        transport = request.transport
        // It begins with `http`, see ``CurlConnector/send(_:_:)``; whether an `s` follows, of any size, is the question.
        isTLS = request.url.utf8.dropFirst(4).first.map { $0 | 0x20 } == UInt8(ascii: "s")
        method = request.method
        if uploads {
            body = .stream
        } else if !request.body.isEmpty || [.post, .put, .patch].contains(request.method) {
            body = .bytes
        } else {
            body = .none
        }
    }
}
#endif
