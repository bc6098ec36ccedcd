#if PIP_AWS || PIP_AZURE
/// The errors of dead letters.
extension ErrorDescription {
    /// The error reduced to a few kilobytes, because it is stored with the message and could be as large.
    var bounded: ErrorDescription {
        func cut(_ text: String) -> String { String(text.unicodeScalars.prefix(2000)) }
        var error = self
        (error.type, error.category, error.code) = (type?.shortened, category.shortened, code.shortened)
        (error.message, error.cause, error.traceId) = (cut(message), cause.map(cut), traceId?.shortened)
        error.stackTrace = nil
        if JSONConverter.toJSON(AnyValue.map(details)).utf8.count > 4000 { error.details = [:] }
        return error
    }
}
#endif
