#if PIP_CURL
/// A request passed from the calling task to the libcurl thread.
final class CurlCall: Sendable {
    let id: Int
    let context: Context
    let request: HTTPClientRequest
    /// The request's body if it is streamed.
    let upload: HTTPBodyPipe?
    /// Writes the body to ``upload``.
    let feeder: Task<Void, Never>?
    /// The response's body if it is streamed.
    let download: HTTPBodyPipe?
    /// Resumed once, with the response or an error.
    let continuation: CheckedContinuation<HTTPClientResponse, any Error>
    let queue: CurlCommandQueue
    /// Reads the files of trusted certificates; nil to use libcurl's own.
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

    /// True if libcurl requests and decompresses a compressed response. Streamed bodies are passed on unchanged.
    var acceptsCompression: Bool {
        request.acceptsCompression && upload == nil && download == nil && request[header: "Accept-Encoding"] == nil
    }
}
#endif
