import FoundationEssentials

/// A finding of validation (the toolkit's `ValidationResult`).
public struct ValidationResult: Sendable, Hashable, Encodable {
    /// The severity of a finding (the toolkit's `ValidationResultType`).
    public enum Kind: Int, Sendable, Encodable {
        /// Informational.
        case information
        /// Valid, unless validation is strict.
        case warning
        /// Invalid.
        case error
    }

    /// The dotted path of the value; empty for the validated value itself.
    public var path: String
    /// The severity.
    public var type: Kind
    /// The machine-readable code, such as `TYPE_MISMATCH`.
    public var code: String
    /// The human-readable message.
    public var message: String
    /// The expected value or type.
    public var expected: AnyValue
    /// The actual value or type.
    public var actual: AnyValue

    /// Creates a result.
    public init(path: String, type: Kind, code: String, message: String, expected: AnyValue, actual: AnyValue) {
        self.path = path
        self.type = type
        self.code = code
        self.message = message
        self.expected = expected
        self.actual = actual
    }

    // MARK: - Internal

    static func error(
        _ path: String, _ code: String, _ message: String, expected: AnyValue, actual: AnyValue
    ) -> Self {
        ValidationResult(path: path, type: .error, code: code, message: message, expected: expected, actual: actual)
    }

    /// Returns the same finding with its path inside a larger value.
    func moved(to path: String) -> Self {
        guard !path.isEmpty else { return self }
        var result = self
        result.path = self.path.isEmpty ? path : path.appending(path: self.path)
        if let rest = message.dropping(prefix: self.path.named) { result.message = result.path + rest }
        return result
    }

    /// Converts a decoding error to a finding.
    init(_ error: DecodingError) {
        func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
        switch error {
        case .keyNotFound(let key, let context):
            self = .missing(path(context.codingPath + [key]))
        case .valueNotFound(_, let context):
            self = .missing(path(context.codingPath))
        case .typeMismatch(let type, let context):
            let path = path(context.codingPath)
            let expected = Self.name(of: type)
            let words =
                switch type {
                case is Date.Type: "must be a date and time in ISO 8601, such as 2026-01-31T08:30:00Z,"
                case is Data.Type: "must be bytes in Base64"
                default: "type must be \(expected)"
                }
            self = .error(
                path, "TYPE_MISMATCH", "\(path.named) \(words) but found \(context.debugDescription)",
                expected: .string(expected), actual: .string(context.debugDescription))
        case .dataCorrupted(let context):
            let path = path(context.codingPath)
            guard let expected = (context.underlyingError as? UnexpectedValue)?.expected else {
                self = .error(
                    path, "BAD_VALUE", "\(path.named) has a value that is not allowed", expected: nil, actual: nil)
                return
            }
            self = .error(
                path, "BAD_VALUE", "\(path.named) must be \(expected)", expected: .string(expected), actual: nil)
        @unknown default:
            self = .error("", "BAD_VALUE", "value can't be decoded", expected: nil, actual: nil)
        }
    }

    private static func missing(_ path: String) -> Self {
        .error(path, "VALUE_IS_NULL", "\(path.named) must not be null", expected: "NOT NULL", actual: .null)
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "string"
        case is Date.Type: "datetime"
        case is Decimal.Type: "double"
        case is Duration.Type: "duration"
        case is URL.Type, is UUID.Type, is Data.Type: "string"
        case is Bool.Type: "boolean"
        case is any BinaryInteger.Type: "long"
        case is any BinaryFloatingPoint.Type: "double"
        case is [AnyValue].Type: "array"
        case is [String: AnyValue].Type, is AnyValueMap.Type: "map"
        default: String(describing: type)
        }
    }
}
