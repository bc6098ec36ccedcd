#if PIP_CURL
/// A request on its way from the calling task to the thread that runs libcurl.
final class CurlCall: Sendable {
    let id: Int
    let context: Context
    let request: HTTPClientRequest
    /// The body of the request if it is streamed.
    let upload: HTTPBodyPipe?
    /// Fills ``upload``.
    let feeder: Task<Void, Never>?
    /// The body of the response if it is streamed.
    let download: HTTPBodyPipe?
    /// Resumed once, with the response or an error.
    let continuation: CheckedContinuation<HTTPClientResponse, any Error>
    let queue: CurlCommandQueue
    /// Reads the files of trusted certificates; nil to leave that to libcurl.
    let authorities: CurlAuthorities?

    init(
        _ id: Int, _ context: Context, _ request: HTTPClientRequest, upload: HTTPBodyPipe?, feeder: Task<Void, Never>?,
        download: HTTPBodyPipe?, _ continuation: CheckedContinuation<HTTPClientResponse, any Error>,
        _ queue: CurlCommandQueue, authorities: CurlAuthorities? = nil
    ) {
        self.id = id
        self.context = context
        self.request = request
        self.upload = upload
        self.feeder = feeder
        self.download = download
        self.continuation = continuation
        self.queue = queue
        self.authorities = authorities
    }

    /// True if libcurl asks for a compressed response and decompresses it. Streamed bodies are passed on as they come.
    var acceptsCompression: Bool {
        request.acceptsCompression && upload == nil && download == nil && request[header: "Accept-Encoding"] == nil
    }
}
#endif
