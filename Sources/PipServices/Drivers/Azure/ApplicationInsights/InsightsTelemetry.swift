#if PIP_AZURE
import FoundationEssentials

/// A log message with its position in a trace.
struct InsightsRecord: Sendable {
    let message: LogMessage
    /// The trace id as 32 hexadecimal digits.
    var operation: String?
    /// The id of the logging operation as 16 hexadecimal digits.
    var parent: String?

    init(_ message: LogMessage, _ context: Context = .empty) {
        self.message = message
        if let trace = context.traceParent {
            (operation, parent) = (trace.traceId, trace.parentId)
        } else {
            // The toolkit's trace ids are UUIDs without dashes, which is the format of W3C Trace Context.
            operation = context.traceId.map { $0.replacing(text: "-", with: "").asciiLowercased }.flatMap { id in
                id.utf8.count == 32 && id.utf8.allSatisfy { $0.hexDigitValue != nil } ? id : nil
            }
        }
    }
}

/// Telemetry items in the format of Application Insights.
enum InsightsTelemetry {
    /// Returns a log message as a trace, or as an exception if it has an error.
    static func log(_ record: InsightsRecord, key: String, instance: String?) -> AnyValue {
        let message = record.message
        var properties = AnyValueMap()
        for (name, value) in message.fields { properties[cut(name, 150)] = .string(cut(value.getAsString(), 8192)) }
        if let traceId = message.traceId { properties["CorrelationId"] = .string(cut(traceId, 8192)) }
        var data: AnyValueMap = ["ver": 2, "severityLevel": .integer(severity(message.level))]
        if let error = message.error {
            properties["Message"] = .string(cut(message.message, 8192))
            properties["Code"] = .string(cut(error.code, 8192))
            var exception: AnyValueMap = [
                "typeName": .string(cut(shown(error.type ?? error.category), 1024)),
                "message": .string(cut(shown(error.message.isEmpty ? message.message : error.message), 32_768)),
                "hasFullStack": .bool(error.stackTrace != nil),
            ]
            if let stack = error.stackTrace { exception["stack"] = .string(cut(stack, 32_768)) }
            data["exceptions"] = [.map(exception)]
        } else {
            data["message"] = .string(cut(shown(message.message), 32_768))
        }
        data["properties"] = .map(properties)
        var tags = AnyValueMap()
        if let operation = record.operation { tags["ai.operation.id"] = .string(operation) }
        if let parent = record.parent { tags["ai.operation.parentId"] = .string(parent) }
        let kind = message.error == nil ? "Message" : "Exception"
        return item(kind, data, key: key, time: message.time, source: message.source, instance: instance, tags)
    }

    /// Returns a counter as a metric; nil if it has no value.
    static func metric(
        _ counter: Counter, key: String, time: Date, source: String?, instance: String?
    ) -> AnyValue? {
        let value: Double?
        switch counter.type {
        case .increment: value = counter.count.map { Double($0) }
        case .interval, .statistics: value = counter.average
        case .lastValue: value = counter.last
        case .timestamp: value = counter.time.map { Double(ISODate.milliseconds($0)) }
        }
        guard let value, value.isFinite, !counter.name.isEmpty else { return nil }
        let point: AnyValueMap = ["name": .string(cut(counter.name, 150)), "kind": 0, "value": .double(value)]
        return item(
            "Metric", ["ver": 2, "metrics": [.map(point)]], key: key, time: time, source: source, instance: instance,
            [:])
    }

    // MARK: - Internal

    private static func severity(_ level: LogLevel) -> Int64 {
        switch level {
        case .fatal: 4
        case .error: 3
        case .warn: 2
        case .info: 1
        case .debug, .trace, .none: 0
        }
    }

    private static func item(
        _ kind: String, _ data: AnyValueMap, key: String, time: Date, source: String?, instance: String?,
        _ tags: AnyValueMap
    ) -> AnyValue {
        var tags = tags
        if let source { tags["ai.cloud.role"] = .string(cut(source, 256)) }
        if let instance { tags["ai.cloud.roleInstance"] = .string(cut(instance, 256)) }
        return [
            "name": .string("Microsoft.ApplicationInsights.\(kind)"), "time": .string(ISODate.format(time)),
            "iKey": .string(key), "tags": .map(tags),
            "data": ["baseType": .string("\(kind)Data"), "baseData": .map(data)],
        ]
    }

    /// Returns a space for an empty string, because the service rejects items with empty strings.
    private static func shown(_ text: String) -> String { text.isEmpty ? " " : text }

    private static func cut(_ text: String, _ limit: Int) -> String {
        text.utf8.count <= limit ? text : String(text.unicodeScalars.prefix(limit))
    }
}
#endif
