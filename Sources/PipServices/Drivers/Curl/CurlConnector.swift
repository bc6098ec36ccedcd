#if PIP_CURL
/// Sends HTTP requests with libcurl: pooled connections, HTTP/2, TLS and proxies.
///
/// One thread owns libcurl and executes all requests. It starts with the first request and ends with ``close(_:)``. No
/// configuration is needed: if the driver is compiled in, clients use it automatically.
/// `pip-services:http-connector:curl:default:1.0` sets its limits. Counters: `curl.<name>.call_time`, `.in_flight`,
/// `.queue_depth` (calls without a connection) and `.reconnects` (connections after the first one).
public final class CurlConnector: HTTPConnector, Component, Openable {
    private let maxHostConnections = Setting(
        "options.max_host_connections", default: 256, in: 0...,
        "The maximum number of connections to one host; further requests wait. 0 for no limit")
    private let maxIdleConnections = Setting(
        "options.max_idle_connections", default: 256, in: 0...,
        "The maximum number of connections kept for later requests; 0 for no limit")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.seconds(60), in: Duration.zero...,
        "How long an idle connection is kept, in ms; 0 for no limit")
    private let connectionAge = Setting(
        "options.max_connection_age", default: Duration.seconds(300), in: Duration.zero...,
        "The maximum age of a connection for new requests, in ms; a new connection resolves the host again. 0 for no "
            + "limit")
    private let maxPending = Setting(
        "options.max_pending", default: 10_000, in: 0...,
        "The maximum number of concurrent calls, including those that wait for a connection; further calls fail "
            + "immediately. 0 for no limit")
    private let meter = DriverMeter("curl")
    private let logger = CompositeLogger()
    private let clock = ClockSlot()
    private let authorities: CurlAuthorities
    private let queue = Locked<CurlCommandQueue?>(nil)
    private let isClosed = Locked(false)

    /// Creates a connector. Its thread starts with the first request.
    public init() { authorities = CurlAuthorities(clock: clock, logger: logger) }

    deinit { queue.current?.stop() }

    /// Whether the driver is compiled in, and the version of libcurl.
    public static let driver = InProcessHTTPConnector.driver(libraryVersion: CurlLibrary.version)

    /// True until the connector is closed.
    public var isOpen: Bool { !isClosed.current }

    /// Accepts requests again after ``close(_:)``.
    public func open(_ context: Context) async throws { isClosed.withLock { $0 = false } }

    /// Cancels all requests and closes all connections.
    public func close(_ context: Context) async throws {
        isClosed.withLock { $0 = true }
        let queue = queue.withLock { queue in
            defer { queue = nil }
            return queue
        }
        await withCheckedContinuation { continuation in
            if let queue { queue.stop { continuation.resume() } } else { continuation.resume() }
        }
    }

    /// Sends a request.
    /// - Throws: InvalidState `NOT_OPENED` after ``close(_:)``; BadRequest `BODY_LENGTH` if a streamed body differs
    ///   from its declared length; NoResponse `QUEUE_FULL` if there are too many calls; Internal `NO_DESCRIPTOR` or
    ///   `NO_THREAD` if system resources are exhausted, and `NO_LIBRARY` if libcurl cannot be used; as
    ///   ``HTTPConnector/send(_:_:)``.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        // The connector cancels its requests when it is released; keep it alive during the last call.
        defer { withExtendedLifetime(self) {} }
        try Task.checkCancellation()
        try Self.checkURL(context, request)
        try HTTPURL.check(context, request)
        let queue = try runningQueue(context)
        let id = queue.nextId()
        let upload = request.body.bytes == nil ? HTTPBodyPipe { queue.resume(id) } : nil
        let download = request.streamsResponse ? HTTPBodyPipe { queue.resume(id) } : nil
        let feeder = upload.map { pipe in Task { await Self.feed(request.body, to: pipe, context) } }
        // Also for failed calls.
        defer { if !meter.isIdle { meter.noteReconnects(queue.takeReconnects()) } }
        return try await meter.measure(queueDepth: queue.unsentCount) {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    queue.start(
                        CurlCall(
                            id, context, request, upload: upload, feeder: feeder, download: download, continuation,
                            queue, authorities: authorities))
                    // A cancellation before the start had nothing to cancel.
                    if Task.isCancelled { queue.cancel(id) }
                }
            } onCancel: {
                queue.cancel(id)
            }
        }
    }

    // MARK: - Internal

    private static func checkURL(_ context: Context, _ request: HTTPClientRequest) throws {
        guard !HTTPURL.isForNetwork(request.url) else { return }
        let url = try HTTPURL(context, request)
        guard url.scheme == "http" || url.scheme == "https" else {
            throw ApplicationError.badRequest(
                code: "BAD_URL", "The protocol '\(url.scheme)' is not supported; expected http or https",
                traceId: context.traceId)
        }
    }

    /// Returns the command queue of the thread, and starts the thread if there is none.
    private func runningQueue(_ context: Context) throws -> CurlCommandQueue {
        try queue.withLock { queue in
            if let queue, !queue.hasEnded { return queue }
            guard !isClosed.current else {
                throw ApplicationError.invalidState(
                    code: "NOT_OPENED", "The HTTP connector is closed", traceId: context.traceId)
            }
            guard CurlLibrary.isReady else {
                throw ApplicationError.internal(
                    code: "NO_LIBRARY", "libcurl cannot be initialized", traceId: context.traceId)
            }
            let limits = CurlLimits(
                connectionsPerHost: max(0, maxHostConnections()), idleConnections: max(0, maxIdleConnections()),
                calls: max(0, maxPending()), idleTime: idleTimeout(), connectionAge: connectionAge())
            let new = try CurlCommandQueue()
            let sockets = try CurlSockets(new.wakeup)
            do {
                try OwnThread.start { CurlLoop.run(new, limits, sockets) }
            } catch {
                sockets.close()
                throw error
            }
            queue = new
            return new
        }
    }

    /// Writes a body to a pipe. Fails if the length differs from the declared one: with HTTP/1.1 the peer would misread
    /// where the next request starts.
    private static func feed(_ body: HTTPBody, to pipe: HTTPBodyPipe, _ context: Context) async {
        do {
            var left = body.length
            func check(_ isValid: Bool) throws {
                if !isValid { throw HTTPFailure.bodyLength(body.length ?? 0, context) }
            }
            for try await piece in body {
                left? -= piece.count
                try check(left ?? 0 >= 0)
                try await pipe.write(piece)
            }
            try check(left ?? 0 == 0)
            pipe.finish()
        } catch {
            pipe.finish(error)
        }
    }
}
#else
/// The driver for libcurl, which is not compiled in.
public enum CurlConnector {
    /// Whether the driver is compiled in, and the version of libcurl.
    public static let driver = InProcessHTTPConnector.driver(libraryVersion: nil)
}
#endif
