/// Parses the response to a call.
struct RestCallAnswer {
    let context: Context
    let request: HTTPClientRequest
    let status: Int
    let bytes: [UInt8]

    /// Returns the result; nil if there is none.
    /// - Throws: the error described by the peer; NoResponse `BAD_RESPONSE` for an invalid response.
    func value() throws(ApplicationError) -> AnyValue? {
        switch status {
        case 200..<300:
            guard status != 204, request.method != .head, !bytes.isEmpty else { return nil }
            do {
                let value = try JSONParser.parse(bytes)
                if value.isNull { return nil }
                return value
            } catch {
                throw HTTPFailure.error(
                    HTTPFailure.badResponse, "the response is not JSON", context, request, reason: error.message
                ).withDetails("status", .integer(Int64(status)))
            }
        case 400...: throw error
        default:
            throw HTTPFailure.error(
                HTTPFailure.badResponse, "the answer has the status \(status), which is not expected", context,
                request
            ).withDetails("status", .integer(Int64(status)))
        }
    }

    // MARK: - Internal

    /// The error sent by the peer, as far as it can be parsed.
    private var error: ApplicationError {
        if let value = try? JSONParser.parse(bytes), let fields = value.map,
            Self.names.contains(where: { fields[$0] != nil }), var description = ErrorDescription(value)
        {
            // Errors of Node's HTTP server itself have no category.
            if fields["category"]?.string == nil { description.category = category.rawValue }
            if fields.getAsNullableInteger("status") == nil { description.status = status }
            description.traceId = description.traceId ?? context.traceId
            return description.applicationError
        }
        // Sent by a proxy or by the server software itself: only the beginning of the text is shown.
        let text = String(decoding: bytes.prefix(200), as: UTF8.self).unicodeScalars
            .split { $0.properties.isWhitespace }.map { String($0) }.joined(separator: " ")
        return ApplicationError(
            category, code: "HTTP_\(status)",
            "\(request.method.rawValue) \(HTTPFailure.place(of: request.url)) was answered with the status "
                + "\(status)", status: status, traceId: context.traceId,
            details: [
                "status": .integer(Int64(status)), "url": .string(HTTPFailure.place(of: request.url)),
                "answer": .string(text),
            ])
    }

    private static let names = ["category", "code", "message", "status"]

    /// The error category for the status.
    private var category: ErrorCategory {
        switch status {
        case 401, 403, 407: .unauthorized
        case 404, 410: .notFound
        case 409: .conflict
        case 429: .tooManyRequests
        case 400..<500: .badRequest
        case 501: .unsupported
        case 502...504: .noResponse
        default: .unknown
        }
    }
}
