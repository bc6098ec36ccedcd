public import FoundationEssentials

/// A log message as it travels to a system that keeps log messages (the toolkit's `LogMessage`).
///
/// Its JSON has the fields `time`, `level` as text, `source`, `trace_id`, `message`, `error` as ``ErrorDescription``
/// (null where there is none), and `fields` where there are any.
public struct LogMessage: Sendable, Hashable {
    /// When it was logged.
    public var time: Date
    /// How important it is.
    public var level: LogLevel
    /// Where it comes from: mostly the name of the service.
    public var source: String?
    /// The trace id of the operation.
    public var traceId: String?
    /// The text.
    public var message: String
    /// The error that goes with it.
    public var error: ErrorDescription?
    /// Values beside the text.
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

    /// The message as a dynamic value, with the names of its JSON.
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
    /// Writes the fields under the names all editions read.
    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
