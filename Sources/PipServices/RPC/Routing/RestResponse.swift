/// The response to a request.
public struct RestResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields beyond those that the endpoint adds.
    public var headers: HeaderFields
    /// The body; empty if the response is streamed.
    public var body: [UInt8]
    /// Streams the body instead of ``body``; nil for most responses.
    public var writer: BodyWriter?

    /// Streams a body. `send` sends a chunk and returns when the connection accepts more, so a slow client slows down
    /// the writer; it throws if the client has disconnected.
    public typealias BodyWriter = @Sendable (_ send: ([UInt8]) async throws -> Void) async throws -> Void

    /// Creates a response.
    public init(status: Int = 200, headers: HeaderFields = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A value as JSON; for nil, an empty response with status 204 (the toolkit's `HttpResponseSender`).
    /// - Throws: BadRequest `CANNOT_ENCODE` if the value can't be encoded.
    public static func json(_ value: (any Encodable)?, status: Int = 200) throws(ApplicationError) -> RestResponse {
        guard let value else { return RestResponse(status: 204) }
        let encoded = try AnyValue(encoding: value)
        if encoded.isNull { return RestResponse(status: 204) }
        return RestResponse(status: status, headers: [jsonType], body: JSONWriter.bytes(of: encoded))
    }

    /// A plain text response.
    public static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> RestResponse {
        RestResponse(headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    /// A streamed response, for example a download. `write` runs after the header is sent. If it throws, the connection
    /// is closed, so that the client notices the incomplete body.
    public static func stream(
        status: Int = 200, headers: HeaderFields = [],
        _ write: @escaping BodyWriter
    ) -> RestResponse {
        var response = RestResponse(status: status, headers: headers)
        response.writer = write
        return response
    }

    /// Returns the response with its whole body in memory.
    /// - Throws: errors of the body's writer.
    public func collected() async throws -> RestResponse {
        guard let writer else { return self }
        var response = self
        response.writer = nil
        var bytes: [UInt8] = []
        try await writer { bytes += $0 }
        response.body = bytes
        return response
    }

    /// An error in the format of all editions, see ``ErrorDescription``, with the error's status.
    ///
    /// The caller receives the content of an ``ApplicationError``, and no details of other errors.
    /// - Parameter exposingCauses: true to include causes, stack traces and messages of other errors, which can contain
    ///   secrets and internals.
    public static func error(
        _ error: any Error, traceId: String? = nil, exposingCauses: Bool = false
    ) -> RestResponse {
        var description = ErrorDescription(error)
        if !exposingCauses {
            if !(error is ApplicationError) {
                description.type = nil
                description.message = "An internal error occurred"
            }
            description.cause = nil
            description.stackTrace = nil
        }
        description.traceId = description.traceId ?? traceId
        let status = (100...599).contains(description.status) && description.status >= 400 ? description.status : 500
        let fallback = "{\"category\":\"Unknown\",\"status\":500,\"code\":\"UNKNOWN\",\"stack_trace\":null}"
        let body = (try? AnyValue(encoding: description)).map(JSONWriter.bytes) ?? Array(fallback.utf8)
        return RestResponse(status: status, headers: [jsonType], body: body)
    }

    private static let jsonType = (name: "Content-Type", value: "application/json")
}
