/// The answer to a request.
public struct RestResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields beyond those that the endpoint adds.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

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

    /// An error as all editions read it, see ``ErrorDescription``; its status is the error's.
    public static func error(_ error: any Error, traceId: String? = nil) -> RestResponse {
        var description = ErrorDescription(error)
        description.traceId = description.traceId ?? traceId
        let status = (100...599).contains(description.status) && description.status >= 400 ? description.status : 500
        let fallback = "{\"category\":\"Unknown\",\"status\":500,\"code\":\"UNKNOWN\",\"stack_trace\":null}"
        let body = (try? AnyValue(encoding: description)).map(JSONWriter.bytes) ?? Array(fallback.utf8)
        return RestResponse(status: status, headers: [jsonType], body: body)
    }

    private static let jsonType = (name: "Content-Type", value: "application/json")
}
