/// Forwards traces to all tracers of the service (the toolkit's `CompositeTracer`).
///
/// Use it as a child component: `let tracer = CompositeTracer()`.
public final class CompositeTracer: Tracer, Component {
    private let tracers = Dependencies<any Tracer>("tracers", ["*:tracer:*:*:*"]) {
        type(of: $0) != CompositeTracer.self
    }
    private let clockSlot = ClockSlot()

    /// Creates the tracer.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Forwards a trace.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        for tracer in tracers() {
            tracer.record(context, component: component, operation: operation, error: error, duration: duration)
        }
    }

    // MARK: - Internal

    /// True if the service has no tracers, so that measuring can be skipped.
    var isIdle: Bool { tracers().isEmpty }
}
