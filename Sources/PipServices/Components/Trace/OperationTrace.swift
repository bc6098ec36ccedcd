public import FoundationEssentials

/// What is known of an operation that has ended (the toolkit's `OperationTrace`).
///
/// Its JSON has the fields `time`, `source`, `component`, `operation`, `trace_id`, `duration` in ms, and `error` as
/// ``ErrorDescription``, null where there is none.
public struct OperationTrace: Sendable, Hashable {
    /// When it ended.
    public var time: Date
    /// Where it ran: mostly the name of the service.
    public var source: String?
    /// The component that ran it.
    public var component: String
    /// Its name.
    public var operation: String
    /// The trace id.
    public var traceId: String?
    /// How long it took.
    public var duration: Duration
    /// What it failed with.
    public var error: ErrorDescription?

    /// Creates a trace. Where `operation` is empty it is what stands behind the last dot of `component`.
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

    /// The trace as a dynamic value, with the names of its JSON.
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
    /// Writes the fields under the names all editions read.
    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
