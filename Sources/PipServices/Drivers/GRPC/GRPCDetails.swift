#if PIP_GRPC
/// The protobuf message of an error, as sent by all editions of the toolkit.
extension GRPCErrorDescription {
    /// Describes an error. Details that are not strings are encoded as JSON, because the message contains only strings.
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

    /// True if the message contains an error. The Go edition sends an empty one in successful replies.
    var isError: Bool { !category.isEmpty || !code.isEmpty || !message.isEmpty }

    /// Returns the error that the message describes.
    /// - Parameter traceId: the trace id of the call, used if the message has none.
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
        // A category has one status, except that an unauthorized error can also have 403.
        if error.category == .unauthorized, status == 403 { error.status = 403 }
        error.traceId = error.traceId ?? traceId
        return error
    }
}
#endif
