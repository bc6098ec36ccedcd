#if PIP_CURL
internal import CCurl
import Glibc

/// Calls other services by libcurl: over connections that are kept and shared, with HTTP/2, TLS and proxies.
///
/// One thread of its own serves all transfers by libcurl's multi interface; a request without TLS or proxy that comes
/// while there are no others is sent by its task at once. No call waits on the threads of Swift's tasks. A client needs no
/// configuration of it: where the driver is compiled in, a service that calls others gets one.
/// `pip-services:http-connector:curl:default:1.0` sets its bounds.
public final class CurlConnector: HTTPConnector, Component, Openable {
    private let maxHostConnections = Setting(
        "options.max_host_connections", default: 256,
        "How many connections there may be to one host; requests wait for one. 0 for any number")
    private let maxIdleConnections = Setting(
        "options.max_idle_connections", default: 256, "How many connections are kept for later requests")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.seconds(60), "How long a connection is kept that nobody uses, in ms")
    let inbox = Locked<CurlInbox?>(nil)
    private let isClosed = Locked(false)

    /// Creates a connector. It starts its thread with the first request.
    public init() {}

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
    /// - Throws: InvalidState `NOT_OPENED` after ``close(_:)``; Internal `NO_DESCRIPTOR` or `NO_THREAD` when the system gives
    ///   none, and `NO_LIBRARY` when libcurl can't be used; as ``HTTPConnector/send(_:_:)``.
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
            try await withUnsafeThrowingContinuation { continuation in
                inbox.start(
                    CurlJob(
                        id, context, request, CurlShape(request, uploads: upload != nil), upload: upload,
                        download: request.streamsResponse ? HTTPBodyPipe { inbox.resume(id) } : nil, continuation,
                        inbox))
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

    /// Whether tasks may call libcurl. One that looks names up by itself waits for them. Before 7.87, OpenSSL writes for it,
    /// and to a connection that is gone with the signal for a broken pipe, which a thread of its own blocks.
    private static let waitsForNothing =
        curl_version_info(CURLVERSION_FIRST).map {
            $0.pointee.version_num >= 0x07_5700 && $0.pointee.features & CURL_VERSION_ASYNCHDNS != 0
        } ?? false

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
            guard let poller = CurlPoller() else {
                throw ApplicationError.internal(
                    code: "NO_DESCRIPTOR", "The HTTP connector gets no descriptor: \(String(cString: strerror(errno)))",
                    traceId: context.traceId)
            }
            let new = CurlInbox(poller, servesOnTasks: Self.waitsForNothing)
            let bounds = CurlBounds(
                perHost: max(0, maxHostConnections()), idle: max(1, maxIdleConnections()),
                age: max(1, Int(idleTimeout().components.seconds)))
            try OwnThread.start { new.run { CurlLoop(new, poller, bounds) } }
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
#else
/// The driver for Curl, on libcurl, which is not compiled in.
public enum CurlConnector {
    /// Whether the driver is compiled in, and on which libcurl it runs.
    public static let driver = InProcessHTTPConnector.driver(libraryVersion: nil)
}
#endif
