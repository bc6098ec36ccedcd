/// The serialized form of an error between services (the toolkit's `ErrorDescription`).
///
/// Encoding writes all fields, with null for missing values, because a peer may require them. Decoding accepts the
/// formats of all editions: missing, null and empty fields, `correlation_id` of version 3, and `stack` and `name` of
/// the Node edition.
public struct ErrorDescription: Sendable, Hashable {
    /// The name of the error's type in its language.
    public var type: String?
    /// The name of the category. It decides which error is restored.
    public var category: String
    /// The HTTP status.
    public var status: Int
    /// The machine-readable code.
    public var code: String
    /// The human-readable message.
    public var message: String
    /// Additional values that describe the error.
    public var details: AnyValueMap
    /// The trace id of the failed operation.
    public var traceId: String?
    /// The message of the error that caused it.
    public var cause: String?
    /// The stack trace.
    public var stackTrace: String?

    /// Describes an error (the toolkit's `ErrorDescriptionFactory.create`). Any error other than ``ApplicationError``
    /// has the category `Unknown` and its own message.
    public init(_ error: any Error) {
        if let error = error as? ApplicationError {
            category = error.category.rawValue
            status = error.status
            code = error.code
            message = error.message
            details = error.details
            traceId = error.traceId
            cause = error.cause
            stackTrace = error.stackTrace
        } else {
            type = String(describing: Swift.type(of: error))
            category = ErrorCategory.unknown.rawValue
            status = 500
            code = "UNKNOWN"
            message = String(describing: error)
            details = [:]
        }
    }

    /// Restores the description that a peer sent, leniently; nil unless it is a JSON object.
    public init?(_ value: AnyValue) {
        guard let fields = value.map else { return nil }
        func text(_ names: String...) -> String? {
            for name in names {
                if let text = fields.getAsNullableString(name), !text.isEmpty { return text }
            }
            return nil
        }
        type = text("type")
        category = text("category") ?? ErrorCategory.unknown.rawValue
        let known = ErrorCategory(rawValue: category)
        status = fields.getAsNullableInteger("status").flatMap { $0 == 0 ? nil : $0 } ?? known.status
        code = text("code") ?? "UNKNOWN"
        message = text("message") ?? "Unknown error"
        details = fields["details"]?.map ?? [:]
        traceId = Self.traceId(fields["trace_id"]) ?? Self.traceId(fields["correlation_id"])
        // The Python edition sends null as the string "None".
        cause = text("cause").flatMap { $0 == "None" ? nil : $0 }
        stackTrace = text("stack_trace", "stack")
    }

    /// The Python edition sends the whole context instead of its trace id.
    private static func traceId(_ value: AnyValue?) -> String? {
        guard let value else { return nil }
        guard let fields = value.map else { return value.string.flatMap { $0.isEmpty ? nil : $0 } }
        for name in ["trace_id", "traceId", "correlation_id"] {
            if let id = fields[name]?.string, !id.isEmpty { return id }
        }
        return fields.lazy.compactMap { $0.value.map }.compactMap { traceId(.map($0)) }.first
    }

    /// The error that this describes (the toolkit's `ApplicationExceptionFactory.create`). For a known category, the
    /// status is that of the category, whatever the peer sent.
    public var applicationError: ApplicationError {
        let known = ErrorCategory(rawValue: category)
        var error = ApplicationError(
            known, code: code, message, status: known.isKnown ? known.status : status, traceId: traceId,
            details: details)
        error.cause = cause
        error.stackTrace = stackTrace
        return error
    }
}

extension ErrorDescription: Encodable {
    /// Writes the fields under the names of all editions.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(category, forKey: .category)
        try container.encode(status, forKey: .status)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
        try container.encode(details.isEmpty ? nil : details, forKey: .details)
        try container.encode(traceId, forKey: .traceId)
        try container.encode(cause, forKey: .cause)
        try container.encode(stackTrace, forKey: .stackTrace)
    }

    private enum CodingKeys: String, CodingKey {
        case type, category, status, code, message, details, cause
        case traceId = "trace_id"
        case stackTrace = "stack_trace"
    }
}

extension ErrorDescription: Decodable {
    /// Restores the description that a peer sent, leniently, see ``init(_:)``.
    /// - Throws: `DecodingError` unless it is a JSON object.
    public init(from decoder: any Decoder) throws {
        guard let description = ErrorDescription(try AnyValue(from: decoder)) else {
            throw DecodingError.typeMismatch(
                ErrorDescription.self,
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "An error must be a JSON object"))
        }
        self = description
    }
}
