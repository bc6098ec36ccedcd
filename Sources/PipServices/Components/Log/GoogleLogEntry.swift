/// A log message in the format that Google Cloud Logging reads from the console: its own fields, and the remaining
/// fields of ``LogMessage``.
struct GoogleLogEntry {
    let message: LogMessage
    let span: TraceParent?
    /// The project that stores the traces; nil for that of the service.
    let project: String?

    var value: AnyValue {
        var value: AnyValueMap = [
            "severity": .string(Self.severity(message.level)), "time": .date(message.time),
            // The text shown in the list of messages.
            "message": .string(message.error.map { "\(message.message): \($0.message)" } ?? message.message),
        ]
        if let source = message.source { value["source"] = .string(source) }
        if let traceId = message.traceId { value["trace_id"] = .string(traceId) }
        if let span {
            let trace = project.map { "projects/\($0)/traces/\(span.traceId)" } ?? span.traceId
            value["logging.googleapis.com/trace"] = .string(trace)
            value["logging.googleapis.com/spanId"] = .string(span.parentId)
            value["logging.googleapis.com/trace_sampled"] = .bool(span.isSampled)
        }
        if let error = message.error { value["error"] = (try? AnyValue(encoding: error)) ?? .null }
        if !message.fields.isEmpty { value["fields"] = .map(message.fields) }
        return .map(value)
    }

    private static func severity(_ level: LogLevel) -> String {
        switch level {
        case .fatal: "CRITICAL"
        case .error: "ERROR"
        case .warn: "WARNING"
        case .info: "INFO"
        case .debug, .trace: "DEBUG"
        default: "DEFAULT"
        }
    }
}
