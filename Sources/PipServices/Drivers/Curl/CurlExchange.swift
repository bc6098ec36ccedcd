#if PIP_CURL
/// One request and its response, as the thread of the transfers sees it.
final class CurlExchange {
    enum Taking {
        case taken
        case later
        case refused
    }

    let job: CurlJob
    var handle: UnsafeMutableRawPointer?
    var headerList: UnsafeMutableRawPointer?
    /// Where libcurl writes what went wrong; as long as it asks for.
    let errorText: UnsafeMutablePointer<CChar>
    private static let errorSize = 256
    /// What went wrong on this side.
    private(set) var failure: ApplicationError?
    private(set) var wasSent = false
    private var status = 0
    private var headers: [(name: String, value: String)] = []
    private var headerSize = 0
    private var isHeaderComplete = false
    private var hasBody = false
    private var body: [UInt8] = []
    private var count = 0
    private var isDelivered = false

    init(_ job: CurlJob) {
        self.job = job
        errorText = .allocate(capacity: Self.errorSize)
        errorText.initialize(repeating: 0, count: Self.errorSize)
    }

    deinit { errorText.deallocate() }

    static func at(_ pointer: UnsafeMutableRawPointer?) -> CurlExchange? {
        pointer.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// What libcurl says of the failure.
    var reason: String? {
        let text = String(cString: errorText)
        return text.isEmpty ? nil : text
    }

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
        // What follows a body is of no use here.
        guard !hasBody else { return true }
        headerSize += line.count
        guard headerSize <= Self.maxHeaderSize else {
            failure = failed(
                HTTPFailure.badResponse, "the header of the answer is larger than \(Self.maxHeaderSize) bytes")
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            // Of several headers, such as a 100 before the answer, the last counts.
            status = Self.status(line)
            headers = []
            return true
        }
        let text = String(decoding: line, as: UTF8.self).trimmed
        guard !text.isEmpty else {
            if status >= 200 {
                isHeaderComplete = true
                begin()
            }
            return true
        }
        guard let colon = text.firstIndex(of: ":") else { return true }
        headers.append((text[..<colon].trimmed, text[text.index(after: colon)...].trimmed))
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
        hasBody = true
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
        return .success(HTTPClientResponse(status: status, headers: headers, body: HTTPBody(body)))
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
        let end = CurlStreamEnd(job.cancel)
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
        job.continuation.resume(
            returning: HTTPClientResponse(
                status: status, headers: headers,
                body: HTTPBody(length: length) {
                    // Held by the body: when that is gone, nobody reads any more.
                    _ = end
                    return try await download.read()
                }))
    }

    private static func status(_ line: UnsafeRawBufferPointer) -> Int {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count > 1, let status = Int(String(decoding: parts[1], as: UTF8.self).trimmed) else { return 0 }
        return status
    }
}

/// Stops a transfer when nobody can read its body any more.
private final class CurlStreamEnd: Sendable {
    private let cancel: @Sendable () -> Void

    init(_ cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }

    deinit { cancel() }
}
#endif
