extension ApplicationError {
    /// A mistake under a key of a component's section. The detail `key` names it, for `--check` to find its line.
    static func config(
        code: String, key: String, _ message: String, traceId: String? = nil, cause: (any Error)? = nil
    ) -> Self {
        .config(code: code, message, traceId: traceId, details: [keyDetail: .string(key)], cause: cause)
    }

    /// The same error as a mistake under a key, which the message names in front.
    func about(key: String) -> Self {
        var error = self
        error.message = "'\(key)': \(message)"
        error.details[Self.keyDetail] = .string(key)
        return error
    }

    /// The key of the component's section that the error is about; nil if it names none.
    var configKey: String? { details[Self.keyDetail]?.string }

    private static let keyDetail = "key"
}
