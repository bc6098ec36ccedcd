/// Passes traces on to all tracers of the service (the toolkit's `CompositeTracer`).
///
/// The tracer that components hold: `let tracer = CompositeTracer()`.
public final class CompositeTracer: Tracer, Component {
    private let tracers = Dependencies<any Tracer>("tracers", ["*:tracer:*:*:*"]) {
        type(of: $0) != CompositeTracer.self
    }
    private let clockSlot = ClockSlot()

    /// Creates the tracer.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Passes a trace on.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        for tracer in tracers() {
            tracer.record(context, component: component, operation: operation, error: error, duration: duration)
        }
    }

    // MARK: - Internal

    /// True when nobody traces, so that measuring can be spared.
    var isIdle: Bool { tracers().isEmpty }
}
