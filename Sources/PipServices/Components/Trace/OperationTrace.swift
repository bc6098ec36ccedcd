public import FoundationEssentials

/// The trace of a completed operation (the toolkit's `OperationTrace`).
///
/// Its JSON has the fields `time`, `source`, `component`, `operation`, `trace_id`, `duration` in ms, and `error` as an
/// ``ErrorDescription`` or null.
public struct OperationTrace: Sendable, Hashable {
    /// When the operation ended.
    public var time: Date
    /// The source, usually the name of the service.
    public var source: String?
    /// The component that ran it.
    public var component: String
    /// The name of the operation.
    public var operation: String
    /// The trace id of the operation.
    public var traceId: String?
    /// The duration of the operation.
    public var duration: Duration
    /// The error, if the operation failed.
    public var error: ErrorDescription?

    /// Creates a trace. An empty `operation` is replaced by the part of `component` after the last dot.
    public init(
        time: Date, source: String? = nil, component: String, operation: String, traceId: String? = nil,
        duration: Duration, error: (any Error)? = nil
    ) {
        self.time = time
        self.source = source
        self.traceId = traceId
        self.duration = duration
        self.error = error.map { ErrorDescription($0) }
        if operation.isEmpty, let (name, last) = component.divided(atLast: ".") {
            self.component = String(name)
            self.operation = String(last)
        } else {
            self.component = component
            self.operation = operation
        }
    }

    /// The trace as a dynamic value with its JSON names.
    public var value: AnyValue {
        [
            "time": .date(time), "source": source.map(AnyValue.string) ?? .null, "component": .string(component),
            "operation": .string(operation), "trace_id": traceId.map(AnyValue.string) ?? .null,
            "duration": .double(duration.milliseconds),
            "error": error.flatMap { try? AnyValue(encoding: $0) } ?? .null,
        ]
    }
}

extension OperationTrace: Encodable {
    /// Encodes the fields under the names of all editions.
    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
