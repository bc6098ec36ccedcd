import PipServices

/// The response to a request of a ``RestTestClient``, with methods that check it.
public struct RestTestResponse: Sendable {
    /// The method and path of the request, for messages.
    public let request: String
    /// The HTTP status.
    public let status: Int
    /// The header fields set by the endpoint.
    public let headers: HeaderFields
    /// The bytes of the body.
    public let body: [UInt8]

    init(_ response: RestResponse, to request: String) {
        self.request = request
        status = response.status
        headers = response.headers
        body = response.body
    }

    /// The value of the header field with that name, see ``HeaderFields``; nil if there is none.
    public subscript(header name: String) -> String? { headers[name] }

    /// The body as a string.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null if it is empty.
    /// - Throws: BadRequest `BAD_JSON` if it is not JSON.
    public var json: AnyValue {
        get throws { body.isEmpty ? .null : try JSONConverter.fromJSON(text) }
    }

    /// The error in the body, or nil.
    public var error: ErrorDescription? {
        guard status >= 400, let value = try? json, value["code"] != nil else { return nil }
        return ErrorDescription(value)
    }

    /// Checks the status.
    /// - Throws: Unknown `UNEXPECTED_RESPONSE` with the request and the response if it differs.
    @discardableResult
    public func expect(status expected: Int) throws(ApplicationError) -> RestTestResponse {
        guard status == expected else { throw unexpected("status \(expected)") }
        return self
    }

    /// Checks the status and decodes the body.
    /// - Throws: Unknown `UNEXPECTED_RESPONSE` with the request and the response if the status differs or the body
    ///   can't be decoded.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, status expected: Int = 200
    ) throws(ApplicationError) -> Value {
        try expect(status: expected)
        do {
            return try json.decode(type)
        } catch {
            throw unexpected("a body of type \(type): \(error)")
        }
    }

    /// Checks that the response is an error.
    ///
    /// - Parameters:
    ///   - code: the expected code.
    ///   - status: the expected status; nil for any from 400.
    ///   - details: the expected details; the error may have more.
    /// - Returns: the error, for further checks.
    /// - Throws: Unknown `UNEXPECTED_RESPONSE` with the request and the response if it differs.
    @discardableResult
    public func expect(
        error code: String, status: Int? = nil, details: AnyValueMap = [:]
    ) throws(ApplicationError) -> ErrorDescription {
        guard let error, error.code == code, status == nil || status == self.status,
            details.allSatisfy({ error.details[$0.key] == $0.value })
        else {
            let place = status.map { " with status \($0)" } ?? ""
            throw unexpected("the error \(code)\(place)\(details.isEmpty ? "" : " and the details \(details)")")
        }
        return error
    }

    // MARK: - Internal

    private func unexpected(_ expected: String) -> ApplicationError {
        let shown = text.prefix(1000)
        return .unknown(
            code: "UNEXPECTED_RESPONSE",
            "\(request): expected \(expected), received status \(status) with the body '\(shown)'",
            details: ["status": .integer(Int64(status)), "body": .string(String(shown))])
    }
}
