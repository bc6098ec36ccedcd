#if PIP_CURL
/// A request and its response on the thread that runs libcurl.
final class CurlExchange {
    /// What happens to a piece of the response's body.
    enum BodyResult {
        case accepted
        /// There is no room. The piece is offered again after the transfer has been resumed.
        case full
        /// The transfer has to end.
        case rejected
    }

    let call: CurlCall

    init(_ call: CurlCall) { self.call = call }

    // MARK: - Callbacks of libcurl

    /// libcurl is about to resolve a host, on a thread that lives until the system has replied. False to end the transfer.
    func mayResolve() -> Bool {
        guard let resolutions, !isResolving else { return true }
        guard resolutions.begin() else {
            failure = error(HTTPFailure.cannotConnect, "too many hosts are being resolved")
            return false
        }
        isResolving = true
        return true
    }

    /// A socket is being opened: the host was resolved.
    func noteSocket() {
        socketCount += 1
        endResolving()
    }

    /// Counts the transfers that resolve a host; nil before the transfer is started.
    var resolutions: CurlResolutions?
    /// The number of sockets that were opened for the transfer.
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
    /// If a kept connection turns out to be dead only afterwards, libcurl tries another one. A request that the peer may
    /// have received must not be sent twice, unless it is repeatable.
    func allowsSending() -> Bool {
        defer { noteSent() }
        return !wasSent || call.request.isRepeatable
    }

    /// Receives a line of the header. False ends the transfer.
    func receiveHeaderLine(_ line: some Collection<UInt8>) -> Bool {
        // Trailer fields are ignored.
        guard !isHeaderComplete else { return true }
        headerSize += line.count
        guard headerSize <= Self.maxHeaderSize else {
            failure = error(
                HTTPFailure.badResponse, "the header of the answer is larger than \(Self.maxHeaderSize) bytes")
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            // The last of several headers counts, such as the one after a 100.
            status = Self.status(line)
            header = []
            header.reserveCapacity(512)
        } else if line.contains(where: { !HeaderFields.isBlank($0) }) {
            header.append(contentsOf: line)
        } else if status >= 200 {
            isHeaderComplete = true
            guard declaredSize ?? 0 <= call.request.maxResponseSize ?? .max else {
                // Nothing is received of a body that is too large.
                failure = tooLarge
                return false
            }
            if call.acceptsCompression, call.request.method != .head { removeCoding() }
            deliverStream()
            // libcurl stops sending then, but finds out only when a waiting body is continued.
            if isRefused, isUploadWaiting { call.queue.resume(call.id) }
        }
        return true
    }

    /// Returns up to `limit` bytes of the request's body.
    func readUpload(upTo limit: Int) -> HTTPBodyPipe.Reading {
        guard let pipe = call.upload else { return .failed }
        let reading = pipe.tryRead(upTo: limit)
        if case .nothingYet = reading { isUploadWaiting = true } else { isUploadWaiting = false }
        // The transfer goes on, such as on another connection.
        isStalled = false
        return reading
    }

    /// libcurl does not wait for the socket any more.
    /// - Parameter isLost: true if it would have to, but the system cannot.
    func noteUnwatched(isLost: Bool) {
        // If the response's body waits for its reader, nothing is known of the connection.
        isStalled = isLost || isUploadWaiting && !isDownloadWaiting && !isRefused
        if isStalled { call.queue.endStalled(call.id) }
    }

    /// Receives a piece of the body.
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

    /// True if the transfer cannot continue: the connection or the response has ended, but libcurl still waits for the
    /// source of the request's body.
    private(set) var isStalled = false

    /// Delivers the response if it is complete.
    func endStalled() {
        let length = HeaderFields.value("Content-Length", in: HeaderFields.fields(header))
        if isHeaderComplete, length == String(bodySize) {
            end(nil)
        } else {
            fail(HTTPFailure.connectionLost, "the connection ended before the request was sent and the answer complete")
        }
    }

    /// Delivers the response, or what libcurl reports.
    func end(_ error: CurlError?) {
        if let failure = failure ?? call.upload?.failure {
            deliver(.failure(failure))
        } else if let error {
            deliver(.failure(self.error(error)))
        } else if isHeaderComplete {
            deliver(.success(HTTPClientResponse(status: status, header: header, body: HTTPBody(body))))
        } else {
            // libcurl accepts a connection that ends within the header.
            fail(HTTPFailure.connectionLost, "the connection ended before the answer was complete")
        }
    }

    /// Delivers an error.
    /// - Parameter code: one of ``HTTPFailure``.
    func fail(_ code: String, _ what: String, _ reason: String? = nil) {
        deliver(.failure(error(code, what, reason)))
    }

    /// Fails an exchange that has not been started.
    func refuse() { fail(HTTPFailure.cannotConnect, "the connector is closed") }

    /// Resumes the caller, or ends the streamed body that the caller has received before.
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
        // Stops the source of the request's body.
        call.upload?.finish(CancellationError())
        call.feeder?.cancel()
    }

    // MARK: - Internal

    private static let maxHeaderSize = 262_144

    /// An error of this side.
    private var failure: ApplicationError?
    private var wasSent = false
    /// True once the call does not count as unsent any more.
    private var isCounted = false
    private var isUploadWaiting = false
    private var isDownloadWaiting = false
    private var status = 0
    /// The lines of the response's header without the status line.
    private var header: [UInt8] = []
    private var headerSize = 0
    private var isHeaderComplete = false
    private var body: [UInt8] = []
    private var bodySize = 0
    private var isDelivered = false

    /// The peer does not want the request's body.
    private var isRefused: Bool { isHeaderComplete && status >= 400 }

    private var tooLarge: ApplicationError {
        HTTPFailure.tooLarge(call.request.maxResponseSize ?? 0).withTraceId(call.context.traceId)
    }

    /// The size of the response's body that its header declares; nil if it declares none.
    private var declaredSize: Int? {
        // The header of a response without a body tells the size that the body of another one would have.
        guard call.request.method != .head, status != 204, status != 304 else { return nil }
        return HeaderFields.value("Content-Length", in: HeaderFields.fields(header)).flatMap { Int($0) }
    }

    /// Delivers a response whose body has not arrived yet.
    private func deliverStream() {
        guard let download = call.download, !isDelivered else { return }
        isDelivered = true
        let length = declaredSize
        let reader = CurlBodyReader(download, call)
        call.continuation.resume(
            returning: HTTPClientResponse(
                status: status, header: header, body: HTTPBody(length: length) { try await reader.read() }))
    }

    /// Removes the coding of the body, which libcurl undoes, and the length of the compressed body.
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
        // libcurl quotes the address of a proxy that it cannot parse, with the password.
        let quotesProxy = call.request.transport.proxy != nil && error.reason.asciiLowercased.contains(text: "proxy s")
        let reason = quotesProxy ? "the address of the proxy is malformed" : error.reason
        switch error.kind {
        case .timeout where wasSent: return self.error(HTTPFailure.timeout, "no answer in time", reason)
        case .timeout: return self.error(HTTPFailure.connectTimeout, "no connection in time", reason)
        case .noTLS: return self.error(HTTPFailure.tlsFailed, "no secure connection", reason)
        case .badResponse: return self.error(HTTPFailure.badResponse, "the answer is malformed", reason)
        case .badURL:
            return ApplicationError.badRequest(
                code: "BAD_URL", "The URL \(HTTPFailure.place(of: call.request.url)) is malformed (\(reason))",
                traceId: call.context.traceId)
        case .aborted, .noConnection:
            return wasSent
                ? self.error(
                    HTTPFailure.connectionLost, "the connection ended before the answer was complete", reason)
                : self.error(HTTPFailure.cannotConnect, "no connection", reason)
        }
    }
}
#endif
