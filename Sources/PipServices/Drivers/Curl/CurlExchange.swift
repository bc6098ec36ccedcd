#if PIP_CURL
/// One request and its response, as the thread of the transfers sees it.
final class CurlExchange {
    enum Taking {
        case taken
        case later
        case refused
    }

    let job: CurlJob
    /// What carries it out.
    var handle: CurlHandle?
    /// What went wrong on this side.
    private(set) var failure: ApplicationError?
    private(set) var wasSent = false
    private var status = 0
    /// The lines of the answer's header.
    private var header: [UInt8] = []
    private var headerSize = 0
    private var isHeaderComplete = false
    private var body: [UInt8] = []
    private var count = 0
    private var isDelivered = false

    init(_ job: CurlJob) { self.job = job }

    func failed(_ code: String, _ what: String, _ reason: String? = nil) -> ApplicationError {
        HTTPFailure.error(code, what, job.context, job.request, reason: reason)
    }

    /// Called each time a connection is there and the request is about to be sent. A kept connection may turn out to be
    /// dead only then, and libcurl tries another one; but what a peer may have got already must not be sent twice.
    func mayBeSent() -> Bool {
        defer { wasSent = true }
        return !wasSent || job.request.isRepeatable
    }

    // MARK: - What comes

    /// A line of the header; false ends the transfer.
    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        // What follows the body is of no use here.
        guard !isHeaderComplete else { return true }
        headerSize += line.count
        guard headerSize <= Self.maxHeaderSize else {
            failure = failed(
                HTTPFailure.badResponse, "the header of the answer is larger than \(Self.maxHeaderSize) bytes")
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            // Of several headers, such as a 100 before the answer, the last counts.
            status = Self.status(line)
            header = []
            header.reserveCapacity(512)
            return true
        }
        guard line.contains(where: { !HeaderFields.isBlank($0) }) else {
            if status >= 200 {
                isHeaderComplete = true
                begin()
            }
            return true
        }
        header.append(contentsOf: line)
        return true
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Taking {
        guard bytes.count <= (job.request.maxResponseSize ?? .max) - count else {
            failure = HTTPFailure.tooLarge(job.request.maxResponseSize ?? 0).withTraceId(job.context.traceId)
            return .refused
        }
        if let download = job.download {
            guard download.tryWrite(bytes) else { return .later }
        } else {
            body.append(contentsOf: bytes)
        }
        count += bytes.count
        return .taken
    }

    // MARK: - What goes

    /// The whole response.
    var response: Result<HTTPClientResponse, any Error> {
        // For libcurl a connection that ends in the midst of a header is an answer.
        guard isHeaderComplete else {
            return .failure(
                failed(HTTPFailure.connectionLost, "the connection ended before the answer was complete"))
        }
        return .success(HTTPClientResponse(status: status, header: header, body: HTTPBody(body)))
    }

    /// Ends the exchange.
    func deliver(_ result: Result<HTTPClientResponse, any Error>) {
        if isDelivered {
            if case .failure(let error) = result { job.download?.finish(error) } else { job.download?.finish() }
        } else {
            isDelivered = true
            job.continuation.resume(with: result)
        }
        // Whoever still writes the request's body writes for nobody.
        job.upload?.finish(CancellationError())
    }

    /// Ends an exchange that never began.
    func refuse() { deliver(.failure(failed(HTTPFailure.cannotConnect, "the connector is closed"))) }

    // MARK: - Internal

    private static let maxHeaderSize = 262_144

    /// Hands out a response whose body is still on its way.
    private func begin() {
        guard let download = job.download, !isDelivered else { return }
        isDelivered = true
        let end = CurlStreamEnd(job)
        let length = HeaderFields.value("Content-Length", in: HeaderFields.fields(header)).flatMap { Int($0) }
        job.continuation.resume(
            returning: HTTPClientResponse(
                status: status, header: header,
                body: HTTPBody(length: length) {
                    // Held by the body: when that is gone, nobody reads any more.
                    _ = end
                    return try await download.read()
                }))
    }

    private static func status(_ line: UnsafeRawBufferPointer) -> Int {
        guard let blank = line.firstIndex(of: UInt8(ascii: " ")) else { return 0 }
        let digits = line[blank...].drop(while: HeaderFields.isBlank).prefix(while: { !HeaderFields.isBlank($0) })
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}

/// Stops a transfer when nobody can read its body any more.
private final class CurlStreamEnd: Sendable {
    private let inbox: CurlInbox
    private let id: Int

    init(_ job: CurlJob) { (inbox, id) = (job.inbox, job.id) }

    deinit { inbox.cancel(id) }
}
#endif
