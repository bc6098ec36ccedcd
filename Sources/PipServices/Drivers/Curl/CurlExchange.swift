#if PIP_CURL
/// A request and its response on the libcurl thread.
final class CurlExchange {
    /// The result of passing on a chunk of the response's body.
    enum BodyResult {
        case accepted
        /// The buffer is full. The chunk is offered again after the transfer is resumed.
        case full
        /// The transfer must end.
        case rejected
    }

    let call: CurlCall

    init(_ call: CurlCall) { self.call = call }

    // MARK: - Callbacks of libcurl

    /// Called before libcurl resolves a host, on a thread that lives until the system replies. False aborts the
    /// transfer.
    func mayResolve() -> Bool {
        guard let resolutions, !isResolving else { return true }
        guard resolutions.begin() else {
            failure = error(HTTPFailure.cannotConnect, "too many hosts are being resolved")
            return false
        }
        isResolving = true
        return true
    }

    /// Called when a socket is opened: the host is resolved.
    func noteSocket() {
        socketCount += 1
        endResolving()
    }

    /// Limits concurrent host resolutions; nil before the transfer starts.
    var resolutions: CurlResolutions?
    /// The number of sockets opened for the transfer.
    private(set) var socketCount = 0
    private var isResolving = false

    private func noteSent() {
        if !wasSent, !isCounted { call.queue.noteSent() }
        (wasSent, isCounted) = (true, true)
    }

    private func endResolving() {
        guard isResolving else { return }
        isResolving = false
        resolutions?.end()
    }

    /// Called when a connection is available and the request is about to be sent.
    ///
    /// If a kept connection then turns out to be dead, libcurl tries another one. A request that the peer may have
    /// received must not be sent twice, unless it is repeatable.
    func allowsSending() -> Bool {
        defer { noteSent() }
        return !wasSent || call.request.isRepeatable
    }

    /// Receives a header line. False aborts the transfer.
    func receiveHeaderLine(_ line: some Collection<UInt8>) -> Bool {
        // Trailer fields are ignored.
        guard !isHeaderComplete else { return true }
        headerSize += line.count
        guard headerSize <= Self.maxHeaderSize else {
            failure = error(
                HTTPFailure.badResponse, "the header of the response is larger than \(Self.maxHeaderSize) bytes")
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            // Only the last header counts, for example the one after a 100.
            status = Self.status(line)
            header = []
            header.reserveCapacity(512)
        } else if line.contains(where: { !HeaderFields.isBlank($0) }) {
            header.append(contentsOf: line)
        } else if status >= 200 {
            isHeaderComplete = true
            guard declaredSize ?? 0 <= call.request.maxResponseSize ?? .max else {
                // A body over the limit is not received at all.
                failure = tooLarge
                return false
            }
            if call.acceptsCompression, call.request.method != .head { removeCoding() }
            deliverStream()
            // libcurl then stops sending, but notices only when a waiting body is resumed.
            if isRefused, isUploadWaiting { call.queue.resume(call.id) }
        }
        return true
    }

    /// Returns up to `limit` bytes of the request's body.
    func readUpload(upTo limit: Int) -> HTTPBodyPipe.Reading {
        guard let pipe = call.upload else { return .failed }
        let reading = pipe.tryRead(upTo: limit)
        if case .nothingYet = reading { isUploadWaiting = true } else { isUploadWaiting = false }
        // The transfer continues, for example on another connection.
        isStalled = false
        return reading
    }

    /// Called when libcurl stops waiting for the socket.
    /// - Parameter isLost: true if it still needs the socket but the system cannot wait for it.
    func noteUnwatched(isLost: Bool) {
        // While the body waits for its reader, the state of the connection is unknown.
        isStalled = isLost || isUploadWaiting && !isDownloadWaiting && !isRefused
        if isStalled { call.queue.endStalled(call.id) }
    }

    /// Receives a chunk of the body.
    func receiveBody(_ bytes: [UInt8]) -> BodyResult {
        guard failure == nil else { return .rejected }
        guard bytes.count <= (call.request.maxResponseSize ?? .max) - bodySize else {
            failure = tooLarge
            return .rejected
        }
        if let download = call.download {
            isDownloadWaiting = !download.tryWrite(bytes)
            guard !isDownloadWaiting else { return .full }
        } else if body.isEmpty {
            body = bytes
        } else {
            body += bytes
        }
        bodySize += bytes.count
        return .accepted
    }

    // MARK: - The end

    /// True if the transfer is stuck: the connection or the response has ended, but libcurl still waits for the
    /// request's body.
    private(set) var isStalled = false

    /// Delivers the response if it is complete.
    func endStalled() {
        let length = HeaderFields.value("Content-Length", in: HeaderFields.fields(header))
        if isHeaderComplete, length == String(bodySize) {
            end(nil)
        } else {
            fail(HTTPFailure.connectionLost, "the connection closed before the call was complete")
        }
    }

    /// Delivers the response, or libcurl's error.
    func end(_ error: CurlError?) {
        if let failure = failure ?? call.upload?.failure {
            deliver(.failure(failure))
        } else if let error {
            deliver(.failure(self.error(error)))
        } else if isHeaderComplete {
            deliver(.success(HTTPClientResponse(status: status, header: header, body: HTTPBody(body))))
        } else {
            // libcurl accepts a connection that closes within the header.
            fail(HTTPFailure.connectionLost, "the connection closed before the response was complete")
        }
    }

    /// Delivers an error.
    /// - Parameter code: one of ``HTTPFailure``.
    func fail(_ code: String, _ what: String, _ reason: String? = nil) {
        deliver(.failure(error(code, what, reason)))
    }

    /// Fails an exchange that has not been started.
    func refuse() { fail(HTTPFailure.cannotConnect, "the connector is closed") }

    /// Resumes the caller, or ends the streamed body that the caller already has.
    func deliver(_ result: Result<HTTPClientResponse, any Error>) {
        endResolving()
        if !isCounted { call.queue.noteSent() }
        isCounted = true
        call.queue.noteConnections(socketCount)
        socketCount = 0
        if !isDelivered {
            isDelivered = true
            call.continuation.resume(with: result)
        } else if case .failure(let error) = result {
            call.download?.finish(error)
        } else {
            call.download?.finish()
        }
        // Stops the writer of the request's body.
        call.upload?.finish(CancellationError())
        call.feeder?.cancel()
    }

    // MARK: - Internal

    private static let maxHeaderSize = 262_144

    /// The error that originated on this side.
    private var failure: ApplicationError?
    private var wasSent = false
    /// True after the call was removed from the count of unsent calls.
    private var isCounted = false
    private var isUploadWaiting = false
    private var isDownloadWaiting = false
    private var status = 0
    /// The lines of the response's header, without the status line.
    private var header: [UInt8] = []
    private var headerSize = 0
    private var isHeaderComplete = false
    private var body: [UInt8] = []
    private var bodySize = 0
    private var isDelivered = false

    /// True if the peer refuses the request's body.
    private var isRefused: Bool { isHeaderComplete && status >= 400 }

    private var tooLarge: ApplicationError {
        HTTPFailure.tooLarge(call.request.maxResponseSize ?? 0).withTraceId(call.context.traceId)
    }

    /// The declared size of the response's body; nil if there is none.
    private var declaredSize: Int? {
        // The header of a bodiless response may declare the size that a body would have.
        guard call.request.method != .head, status != 204, status != 304 else { return nil }
        return HeaderFields.value("Content-Length", in: HeaderFields.fields(header)).flatMap { Int($0) }
    }

    /// Delivers a response before its body has arrived.
    private func deliverStream() {
        guard let download = call.download, !isDelivered else { return }
        isDelivered = true
        let length = declaredSize
        let reader = CurlBodyReader(download, call)
        call.continuation.resume(
            returning: HTTPClientResponse(
                status: status, header: header, body: HTTPBody(length: length) { try await reader.read() }))
    }

    /// Removes the content coding, which libcurl decodes, and the compressed length.
    private func removeCoding() {
        let fields = HeaderFields.fields(header)
        guard HeaderFields.value("Content-Encoding", in: fields) != nil else { return }
        let left = fields.filter {
            !HeaderFields.isSame($0.name, "Content-Encoding") && !HeaderFields.isSame($0.name, "Content-Length")
        }
        header = Array(left.map { "\($0.name): \($0.value)\r\n" }.joined().utf8)
    }

    private static func status(_ line: some Collection<UInt8>) -> Int {
        let digits = line.drop { $0 != UInt8(ascii: " ") }.drop(while: HeaderFields.isBlank)
            .prefix { !HeaderFields.isBlank($0) }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    private func error(_ code: String, _ what: String, _ reason: String? = nil) -> ApplicationError {
        HTTPFailure.error(code, what, call.context, call.request, reason: reason)
    }

    private func error(_ error: CurlError) -> any Error {
        // libcurl quotes a malformed proxy address including its password.
        let quotesProxy = call.request.transport.proxy != nil && error.reason.asciiLowercased.contains(text: "proxy s")
        let reason = quotesProxy ? "the address of the proxy is malformed" : error.reason
        switch error.kind {
        case .timeout where wasSent: return self.error(HTTPFailure.timeout, "no answer in time", reason)
        case .timeout: return self.error(HTTPFailure.connectTimeout, "no connection in time", reason)
        case .noTLS: return self.error(HTTPFailure.tlsFailed, "no secure connection", reason)
        case .badResponse: return self.error(HTTPFailure.badResponse, "the response is malformed", reason)
        case .badURL:
            return ApplicationError.badRequest(
                code: "BAD_URL", "The URL \(HTTPFailure.place(of: call.request.url)) is malformed (\(reason))",
                traceId: call.context.traceId)
        case .aborted, .noConnection:
            return wasSent
                ? self.error(
                    HTTPFailure.connectionLost, "the connection closed before the response was complete", reason)
                : self.error(HTTPFailure.cannotConnect, "no connection", reason)
        }
    }
}
#endif
