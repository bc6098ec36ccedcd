#if PIP_GRPC
/// The message form of an error, as all editions of the toolkit send it.
extension GRPCErrorDescription {
    /// Describes an error. Details that are not strings are written as JSON, since the message has only strings.
    init(_ description: ErrorDescription) {
        category = description.category
        code = description.code
        status = Int32(clamping: description.status)
        message = description.message
        traceID = description.traceId ?? ""
        cause = description.cause ?? ""
        stackTrace = description.stackTrace ?? ""
        for (name, value) in description.details {
            details[name] = value.string ?? String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
        }
    }

    /// True if the message tells of an error: Go leaves an empty one in successful replies.
    var isError: Bool { !category.isEmpty || !code.isEmpty || !message.isEmpty }

    /// The error that the message describes.
    /// - Parameter traceId: that of the call, for a message without one.
    func applicationError(traceId: String?) -> ApplicationError {
        var values: AnyValueMap = [:]
        for (name, value) in details.sorted(by: { ScalarText($0.key) < ScalarText($1.key) }) {
            values[name] = .string(value)
        }
        let fields: AnyValueMap = [
            "category": .string(category), "code": .string(code), "status": .integer(Int64(status)),
            "message": .string(message), "cause": .string(cause), "stack_trace": .string(stackTrace),
            "trace_id": .string(traceID), "details": .map(values),
        ]
        var error = ErrorDescription(.map(fields))?.applicationError ?? ApplicationError(.unknown, code: code, message)
        // A category has one status, but for those who may not do something: 403 says so.
        if error.category == .unauthorized, status == 403 { error.status = 403 }
        error.traceId = error.traceId ?? traceId
        return error
    }
}
#endif
