public import FoundationEssentials

/// A log message for external systems (the toolkit's `LogMessage`).
///
/// Its JSON has the fields `time`, `level` as a string, `source`, `trace_id`, `message`, `error` as an
/// ``ErrorDescription`` or null, and `fields` if there are any.
public struct LogMessage: Sendable, Hashable {
    /// When it was logged.
    public var time: Date
    /// The importance.
    public var level: LogLevel
    /// The source, usually the name of the service.
    public var source: String?
    /// The trace id of the operation.
    public var traceId: String?
    /// The message.
    public var message: String
    /// The error, if the message reports one.
    public var error: ErrorDescription?
    /// Additional values.
    public var fields: AnyValueMap

    /// Creates a message.
    public init(
        time: Date, level: LogLevel, source: String? = nil, traceId: String? = nil, message: String,
        error: (any Error)? = nil, fields: AnyValueMap = [:]
    ) {
        self.time = time
        self.level = level
        self.source = source
        self.traceId = traceId
        self.message = message
        self.error = error.map { ErrorDescription($0) }
        self.fields = fields
    }

    /// The message as a dynamic value with its JSON names.
    public var value: AnyValue {
        var value: AnyValueMap = [
            "time": .date(time), "level": .string(level.description),
            "source": source.map(AnyValue.string) ?? .null, "trace_id": traceId.map(AnyValue.string) ?? .null,
            "message": .string(message),
            "error": error.flatMap { try? AnyValue(encoding: $0) } ?? .null,
        ]
        if !fields.isEmpty { value["fields"] = .map(fields) }
        return .map(value)
    }
}

extension LogMessage: Encodable {
    /// Encodes the fields under the names of all editions.
    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
