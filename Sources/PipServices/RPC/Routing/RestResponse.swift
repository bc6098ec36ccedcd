/// The answer to a request.
public struct RestResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields beyond those that the endpoint adds.
    public var headers: [(name: String, value: String)]
    /// The body; empty when the response is written piece by piece.
    public var body: [UInt8]
    /// Writes the body piece by piece, in the place of ``body``; nil for most.
    public var writer: BodyWriter?

    /// Writes a body piece by piece. What it is given sends a piece, and returns when the connection takes more, so that
    /// a slow client slows down who writes; it throws when the client is gone.
    public typealias BodyWriter = @Sendable (_ send: ([UInt8]) async throws -> Void) async throws -> Void

    /// Creates a response.
    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A value as JSON; 204 without a body for nil (the toolkit's `HttpResponseSender`).
    /// - Throws: BadRequest `CANNOT_ENCODE` when the value can't be encoded.
    public static func json(_ value: (any Encodable)?, status: Int = 200) throws(ApplicationError) -> RestResponse {
        guard let value else { return RestResponse(status: 204) }
        let encoded = try AnyValue(encoding: value)
        if encoded.isNull { return RestResponse(status: 204) }
        return RestResponse(status: status, headers: [jsonType], body: JSONWriter.bytes(of: encoded))
    }

    /// Text.
    public static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> RestResponse {
        RestResponse(headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    /// A response whose body is written piece by piece, such as a download: `write` runs when the head was sent. When it
    /// throws, the connection is cut, so that the client does not take a part for the whole.
    public static func stream(
        status: Int = 200, headers: [(name: String, value: String)] = [],
        _ write: @escaping BodyWriter
    ) -> RestResponse {
        var response = RestResponse(status: status, headers: headers)
        response.writer = write
        return response
    }

    /// The response with its whole body, for those who need it at once.
    /// - Throws: what the body's writer throws.
    public func collected() async throws -> RestResponse {
        guard let writer else { return self }
        var response = self
        response.writer = nil
        var bytes: [UInt8] = []
        try await writer { bytes += $0 }
        response.body = bytes
        return response
    }

    /// An error as all editions read it, see ``ErrorDescription``; its status is the error's.
    ///
    /// The caller learns what an ``ApplicationError`` states, and of any other error only that there was one.
    /// - Parameter exposingCauses: true to include causes, stack traces and the texts of other errors, which can contain
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
