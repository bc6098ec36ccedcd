/// Collects traces and saves them many at a time: the engine of tracers that write to an outside system (the toolkit's
/// `CachedTracer`).
///
/// A component holds it as a child and passes traces to it, or it is registered as a tracer by itself. When and how much
/// it saves, and what happens while saving fails, is told at ``CachedBuffer``. That saving fails is written to standard
/// error once; what was dropped is told by a trace of component `tracer` and operation `dropped`, whose error says how
/// many, as soon as saving succeeds again.
public final class CachedTracer: Tracer, Component {
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "Where operations run; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clockSlot: ClockSlot
    private let buffer: CachedBuffer<OperationTrace>

    /// Creates the engine.
    ///
    /// - Parameter save: saves traces, the oldest first. What it throws makes the engine try again later.
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

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Where operations run: the setting `source`, else the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Takes a trace. Where `operation` is empty it is what stands behind the last dot of `component`.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        guard !CachedSink.isSaving else { return }
        buffer.add(
            OperationTrace(
                time: clockSlot.now, source: source, component: component, operation: operation,
                traceId: context.traceId, duration: duration, error: error))
    }

    /// Saves what is there now, and waits for it (the toolkit's `dump`). Traces of a failed save are kept, within the
    /// bound.
    public func dump() async { await buffer.flush() }

    /// Forgets what is there.
    public func clear() { buffer.clear() }

    /// How many traces wait.
    public var count: Int { buffer.count }
}
