extension ApplicationError {
    /// Creates an error in the value of a key in a component's section. The detail `key` holds the key, so that
    /// `--check` can find its line.
    static func config(
        code: String, key: String, _ message: String, traceId: String? = nil, cause: (any Error)? = nil
    ) -> Self {
        .config(code: code, message, traceId: traceId, details: [keyDetail: .string(key)], cause: cause)
    }

    /// Returns this error as one about a configuration key. The message starts with the key.
    func about(key: String) -> Self {
        var error = self
        error.message = "'\(key)': \(message)"
        error.details[Self.keyDetail] = .string(key)
        return error
    }

    /// The configuration key that the error is about, or nil.
    var configKey: String? { details[Self.keyDetail]?.string }

    private static let keyDetail = "key"
}
