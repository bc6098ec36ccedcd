/// Collects traces and saves them in batches: the engine of tracers for external systems (the toolkit's
/// `CachedTracer`).
///
/// Use it as a child component that you pass traces to, or register it as a tracer itself. ``CachedBuffer`` describes
/// when it saves and how it handles failures. The first failure to save is written to standard error. When saving
/// succeeds again, a trace of component `tracer` and operation `dropped` reports the number of dropped traces in its
/// error.
public final class CachedTracer: Tracer, Component {
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "Where operations run; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clockSlot: ClockSlot
    private let buffer: CachedBuffer<OperationTrace>

    /// Creates the engine.
    ///
    /// - Parameter save: saves traces, oldest first. If it throws, they are saved again later.
    public init(_ save: @escaping @Sendable ([OperationTrace]) async throws -> Void) {
        let clock = ClockSlot()
        clockSlot = clock
        buffer = CachedBuffer(
            save: save,
            note: { count in
                OperationTrace(
                    time: clock.now, component: "tracer", operation: "dropped", duration: .zero,
                    error: ApplicationError.invalidState(
                        code: "TRACES_DROPPED", "\(count) traces were dropped while they could not be saved",
                        details: ["dropped": .integer(Int64(count))]))
            },
            report: { ConsoleLogger().error(.empty, error: $0, "Failed to save traces") })
    }

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// The source of traces: the setting `source`, or else the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Adds a trace. An empty `operation` is replaced by the part of `component` after the last dot.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        guard !CachedSink.isSaving else { return }
        buffer.add(
            OperationTrace(
                time: clockSlot.now, source: source, component: component, operation: operation,
                traceId: context.traceId, duration: duration, error: error))
    }

    /// Saves the buffered traces and waits for the result (the toolkit's `dump`). Traces of a failed save are kept,
    /// within the limit.
    public func dump() async { await buffer.flush() }

    /// Discards the buffered traces.
    public func clear() { buffer.clear() }

    /// The number of buffered traces.
    public var count: Int { buffer.count }
}
