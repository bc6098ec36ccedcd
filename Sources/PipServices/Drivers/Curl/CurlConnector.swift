#if PIP_CURL
internal import CCurl

/// Calls other services by libcurl: over connections that are kept and shared, with HTTP/2, TLS and proxies.
///
/// One thread of its own serves all transfers by libcurl's multi interface; no call waits on the threads of Swift's
/// tasks. A client needs no configuration of it: where the driver is compiled in, a service that calls others gets one.
/// `pip-services:http-connector:curl:default:1.0` sets its bounds.
public final class CurlConnector: HTTPConnector, Component, Openable {
    private let maxHostConnections = Setting(
        "options.max_host_connections", default: 256,
        "How many connections there may be to one host; requests wait for one. 0 for any number")
    private let maxIdleConnections = Setting(
        "options.max_idle_connections", default: 256, "How many connections are kept for later requests")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.seconds(60), "How long a connection is kept that nobody uses, in ms")
    private let inbox = Locked<CurlInbox?>(nil)
    private let isClosed = Locked(false)

    /// Creates a connector. It starts its thread with the first request.
    public init() { SlotCollector.declare(self, slots: [maxHostConnections, maxIdleConnections, idleTimeout]) }

    deinit { inbox.current?.stop() }

    /// Whether the driver is compiled in, and on which libcurl it runs.
    public static let driver = InProcessHTTPConnector.driver(libraryVersion: version())

    /// True until the connector is closed.
    public var isOpen: Bool { !isClosed.current }

    /// Lets requests in again after ``close(_:)``.
    public func open(_ context: Context) async throws { isClosed.withLock { $0 = false } }

    /// Stops what is in flight, and closes all connections.
    public func close(_ context: Context) async throws {
        isClosed.withLock { $0 = true }
        let inbox = inbox.withLock { inbox in
            defer { inbox = nil }
            return inbox
        }
        await withCheckedContinuation { continuation in
            if let inbox { inbox.stop { continuation.resume() } } else { continuation.resume() }
        }
    }

    /// Sends a request.
    /// - Throws: InvalidState `NOT_OPENED` after ``close(_:)``; as ``HTTPConnector/send(_:_:)``.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try Task.checkCancellation()
        if !HTTPURL.isForNetwork(request.url) {
            let url = try HTTPURL(context, request)
            guard url.scheme == "http" || url.scheme == "https" else {
                throw ApplicationError.badRequest(
                    code: "BAD_URL", "The protocol '\(url.scheme)' is not supported; expected http or https",
                    traceId: context.traceId)
            }
        }
        try HTTPURL.check(context, request)
        let inbox = try runningInbox(context)
        let id = inbox.nextId()
        let upload = request.body.bytes == nil ? HTTPBodyPipe { inbox.resume(id) } : nil
        let feeder = upload.map { pipe in Task { await Self.feed(request.body, to: pipe) } }
        defer { if !request.streamsResponse { feeder?.cancel() } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                inbox.start(
                    CurlJob(
                        id: id, context: context, request: request, upload: upload,
                        download: request.streamsResponse ? HTTPBodyPipe { inbox.resume(id) } : nil,
                        continuation: continuation, cancel: { inbox.cancel(id) }))
                // A cancellation that came before the start has found nothing to stop.
                if Task.isCancelled { inbox.cancel(id) }
            }
        } onCancel: {
            inbox.cancel(id)
        }
    }

    // MARK: - Internal

    private static func version() -> String {
        curl_version_info(CURLVERSION_FIRST).map { String(cString: $0.pointee.version) } ?? "unknown"
    }

    /// Once in a process, before any other call.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    private func runningInbox(_ context: Context) throws -> CurlInbox {
        try inbox.withLock { inbox in
            if let inbox { return inbox }
            guard !isClosed.current else {
                throw ApplicationError.invalidState(
                    code: "NOT_OPENED", "The HTTP connector is closed", traceId: context.traceId)
            }
            guard Self.isLibraryReady else {
                throw ApplicationError.internal(code: "NO_LIBRARY", "libcurl can't be used", traceId: context.traceId)
            }
            let new = CurlInbox()
            let bounds = CurlBounds(
                perHost: max(0, maxHostConnections()), idle: max(1, maxIdleConnections()),
                age: max(1, Int(idleTimeout().components.seconds)))
            try OwnThread.start {
                guard let loop = CurlLoop(new, bounds) else { return new.fail() }
                loop.run()
            }
            inbox = new
            return new
        }
    }

    private static func feed(_ body: HTTPBody, to pipe: HTTPBodyPipe) async {
        do {
            for try await piece in body { try await pipe.write(piece) }
            pipe.finish()
        } catch {
            pipe.finish(error)
        }
    }
}

/// How many connections there may be.
private struct CurlBounds: Sendable {
    let perHost: Int
    let idle: Int
    let age: Int
}

/// The thread's side: all of libcurl happens here.
private final class CurlLoop {
    private let inbox: CurlInbox
    private let bounds: CurlBounds
    private let multi: UnsafeMutableRawPointer
    private let sockets: CurlSockets
    private var exchanges: [Int: CurlExchange] = [:]
    /// Handles for later transfers: making them is dear.
    private var spare: [UnsafeMutableRawPointer] = []

    init?(_ inbox: CurlInbox, _ bounds: CurlBounds) {
        guard let multi = curl_multi_init() else { return nil }
        guard let sockets = CurlSockets(multi) else {
            curl_multi_cleanup(multi)
            return nil
        }
        self.inbox = inbox
        self.bounds = bounds
        self.multi = multi
        self.sockets = sockets
        pip_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, bounds.perHost)
        pip_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, bounds.idle)
    }

    deinit {
        for handle in spare { curl_easy_cleanup(handle) }
        curl_multi_cleanup(multi)
    }

    func run() {
        inbox.begin(wake: sockets.wake)
        while true {
            for command in inbox.take() { carryOut(command) }
            if inbox.isStopped { break }
            sockets.callWhenDue()
            finishTransfers()
            sockets.serve(waits: !sockets.isDue && inbox.prepareToWait())
        }
        for exchange in Array(exchanges.values) {
            end(exchange, .failure(exchange.failed(HTTPFailure.connectionLost, "the connector was closed")))
        }
        inbox.end()
    }

    private func carryOut(_ command: CurlInbox.Command) {
        switch command {
        case .start(let job): start(job)
        case .cancel(let id):
            guard let exchange = exchanges[id] else { return }
            // libcurl holds the reset of a stream back until it sends something else. A connection that nobody else uses
            // would never send it: that one is closed.
            if let handle = exchange.handle { pip_curl_set_long(handle, CURLOPT_FORBID_REUSE, 1) }
            end(exchange, .failure(CancellationError()))
        case .resume(let id):
            if let handle = exchanges[id]?.handle { curl_easy_pause(handle, 0) }
        }
    }

    private func start(_ job: CurlJob) {
        let exchange = CurlExchange(job)
        guard let handle = spare.popLast() ?? curl_easy_init() else {
            exchange.deliver(.failure(exchange.failed(HTTPFailure.cannotConnect, "libcurl gives no handle")))
            return
        }
        exchange.handle = handle
        exchanges[job.id] = exchange
        setUp(handle, exchange)
        let code = curl_multi_add_handle(multi, handle)
        guard code == CURLM_OK else {
            return end(exchange, .failure(exchange.failed(HTTPFailure.cannotConnect, "libcurl takes no transfer")))
        }
    }

    private func finishTransfers() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            var pointer: UnsafeMutablePointer<CChar>?
            pip_curl_get_pointer(handle, CURLINFO_PRIVATE, &pointer)
            guard let pointer else { continue }
            let exchange = Unmanaged<CurlExchange>.fromOpaque(pointer).takeUnretainedValue()
            end(exchange, code == CURLE_OK ? exchange.response : .failure(failure(exchange, code)))
        }
    }

    /// Takes a transfer out, whether it is complete or not; an incomplete one loses its connection or its stream.
    private func end(_ exchange: CurlExchange, _ result: Result<HTTPClientResponse, any Error>) {
        exchanges[exchange.job.id] = nil
        if let handle = exchange.handle {
            curl_multi_remove_handle(multi, handle)
            curl_easy_reset(handle)
            if spare.count < 256 { spare.append(handle) } else { curl_easy_cleanup(handle) }
            exchange.handle = nil
        }
        if let list = exchange.headerList { curl_slist_free_all(list.assumingMemoryBound(to: curl_slist.self)) }
        exchange.headerList = nil
        exchange.deliver(result)
    }

    // MARK: - Options

    private func setUp(_ handle: UnsafeMutableRawPointer, _ exchange: CurlExchange) {
        let request = exchange.job.request
        pip_curl_set_pointer(handle, CURLOPT_PRIVATE, Unmanaged.passUnretained(exchange).toOpaque())
        pip_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, exchange.errorText)
        pip_curl_set_text(handle, CURLOPT_URL, request.url)
        // An id of two dots must not make it another path.
        pip_curl_set_long(handle, CURLOPT_PATH_AS_IS, 1)
        pip_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        pip_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        // Else giving up a slow look-up of a name would wait for it.
        pip_curl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        pip_curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        pip_curl_set_long(handle, CURLOPT_MAXAGE_CONN, bounds.age)
        pip_curl_set_long(
            handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout ?? .seconds(10)))
        if let timeout = request.timeout { pip_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(timeout)) }
        setTransport(handle, request)
        setCallbacks(handle, exchange)
        setMethod(handle, exchange)
        setHeaders(handle, exchange)
    }

    private func setTransport(_ handle: UnsafeMutableRawPointer, _ request: HTTPClientRequest) {
        let transport = request.transport
        let isTLS = request.url.prefix(8).lowercased() == "https://"
        let version =
            switch transport.version {
            case .http1: Int(CURL_HTTP_VERSION_1_1)
            case .automatic: Int(CURL_HTTP_VERSION_2TLS)
            case .http2: Int(isTLS ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
            }
        pip_curl_set_long(handle, CURLOPT_HTTP_VERSION, version)
        if !isTLS, transport.version == .http2, !Self.canShareHTTP2WithoutTLS {
            pip_curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            pip_curl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        } else if transport.version == .http2 || isTLS && transport.version != .http1 {
            // Rather a stream of a connection that is just being made than another connection.
            pip_curl_set_long(handle, CURLOPT_PIPEWAIT, 1)
        }
        // An empty text turns off the proxies of the environment.
        pip_curl_set_text(handle, CURLOPT_PROXY, transport.proxy ?? "")
        pip_curl_set_text(handle, CURLOPT_NOPROXY, "")
        pip_curl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        guard isTLS else { return }
        pip_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = transport.caFile {
            pip_curl_set_text(handle, CURLOPT_CAINFO, file)
            // Else the system's folder of certificates would be trusted as well.
            pip_curl_set_text(handle, CURLOPT_CAPATH, nil)
        }
        if let file = transport.certificateFile { pip_curl_set_text(handle, CURLOPT_SSLCERT, file) }
        if let file = transport.keyFile { pip_curl_set_text(handle, CURLOPT_SSLKEY, file) }
    }

    /// Before version 8 libcurl begins HTTP/2 anew on a kept connection without TLS, which the peer takes as an error.
    private static let canShareHTTP2WithoutTLS =
        (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x08_0000

    private func setCallbacks(_ handle: UnsafeMutableRawPointer, _ exchange: CurlExchange) {
        let pointer = Unmanaged.passUnretained(exchange).toOpaque()
        pip_curl_set_pointer(handle, CURLOPT_HEADERDATA, pointer)
        pip_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, pointer in
            guard let exchange = CurlExchange.at(pointer), let bytes else { return 0 }
            return exchange.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        pip_curl_set_pointer(handle, CURLOPT_WRITEDATA, pointer)
        pip_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, pointer in
            guard let exchange = CurlExchange.at(pointer), let bytes else { return 0 }
            return switch exchange.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
            case .taken: size * count
            case .later: Int(CURL_WRITEFUNC_PAUSE)
            case .refused: 0
            }
        }
        pip_curl_set_pointer(handle, CURLOPT_PREREQDATA, pointer)
        pip_curl_set_before(handle) { pointer, _, _, _, _ in
            CurlExchange.at(pointer)?.mayBeSent() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private func setMethod(_ handle: UnsafeMutableRawPointer, _ exchange: CurlExchange) {
        let request = exchange.job.request
        let method = request.method
        if let upload = exchange.job.upload {
            pip_curl_set_long(handle, CURLOPT_UPLOAD, 1)
            pip_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.length ?? -1))
            pip_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(upload).toOpaque())
            pip_curl_set_transfer(handle, CURLOPT_READFUNCTION) { target, size, count, pointer in
                guard let pointer, let target else { return Int(CURL_READFUNC_ABORT) }
                let pipe = Unmanaged<HTTPBodyPipe>.fromOpaque(pointer).takeUnretainedValue()
                switch pipe.tryRead(upTo: size * count) {
                case .bytes(let bytes):
                    UnsafeMutableRawBufferPointer(start: target, count: size * count).copyBytes(from: bytes)
                    return bytes.count
                case .nothingYet: return Int(CURL_READFUNC_PAUSE)
                case .end: return 0
                case .failed: return Int(CURL_READFUNC_ABORT)
                }
            }
        } else if let bytes = request.body.bytes, !bytes.isEmpty || [.post, .put, .patch].contains(method) {
            pip_curl_set_long(handle, CURLOPT_POST, 1)
            pip_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            bytes.withUnsafeBytes { bytes in
                // The address of an empty list may be nil, which would mean that the body comes by a callback.
                withUnsafeBytes(of: UInt8(0)) { none in
                    let start = bytes.baseAddress ?? none.baseAddress
                    pip_curl_set_text(
                        handle, CURLOPT_COPYPOSTFIELDS, start?.assumingMemoryBound(to: CChar.self))
                }
            }
        } else if method == .head {
            pip_curl_set_long(handle, CURLOPT_NOBODY, 1)
            return
        }
        if method != .get || !request.body.isEmpty {
            pip_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
        if method == .head { pip_curl_set_long(handle, CURLOPT_NOBODY, 1) }
    }

    private func setHeaders(_ handle: UnsafeMutableRawPointer, _ exchange: CurlExchange) {
        let request = exchange.job.request
        // Nothing of its own accord: no wait for a 100, no type of a form.
        var lines = ["Expect:"]
        if request[header: "Content-Type"] == nil { lines.append("Content-Type:") }
        if request[header: "Accept"] == nil { lines.append("Accept:") }
        for (name, value) in request.headers { lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)") }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines { list = curl_slist_append(list, line) ?? list }
        exchange.headerList = list.map { UnsafeMutableRawPointer($0) }
        pip_curl_set_list(handle, CURLOPT_HTTPHEADER, list)
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(duration.milliseconds.rounded(.up), 1), 2_147_483_647))
    }

    // MARK: - Errors

    /// What libcurl says. It repeats the address of a proxy that it does not understand, password and all.
    private func reason(_ exchange: CurlExchange) -> String? {
        guard let reason = exchange.reason, exchange.job.request.transport.proxy != nil,
            reason.lowercased().contains("proxy s")
        else { return exchange.reason }
        return "the address of the proxy can't be understood"
    }

    private func failure(_ exchange: CurlExchange, _ code: CURLcode) -> any Error {
        if let failure = exchange.failure { return failure }
        if code == CURLE_ABORTED_BY_CALLBACK, let error = exchange.job.upload?.failure { return error }
        let reason = reason(exchange) ?? String(cString: curl_easy_strerror(code))
        func error(_ code: String, _ what: String) -> ApplicationError { exchange.failed(code, what, reason) }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return exchange.wasSent
                ? error(HTTPFailure.timeout, "no answer in time")
                : error(HTTPFailure.connectTimeout, "no connection in time")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            return error(HTTPFailure.tlsFailed, "no secure connection")
        // A line of the header that is too long is told as a lack of memory.
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_OUT_OF_MEMORY:
            return error(HTTPFailure.badResponse, "the answer can't be understood")
        case CURLE_URL_MALFORMAT:
            return ApplicationError.badRequest(
                code: "BAD_URL",
                "The URL \(HTTPFailure.place(of: exchange.job.request.url)) can't be understood (\(reason))",
                traceId: exchange.job.context.traceId)
        default:
            return exchange.wasSent
                ? error(HTTPFailure.connectionLost, "the connection ended before the answer was complete")
                : error(HTTPFailure.cannotConnect, "no connection")
        }
    }
}
#else
/// The driver for Curl, on libcurl, which is not compiled in.
public enum CurlConnector {
    /// Whether the driver is compiled in, and on which libcurl it runs.
    public static let driver = InProcessHTTPConnector.driver(libraryVersion: nil)
}
#endif
