/// A tracer that records nothing (the toolkit's `NullTracer`).
public final class NullTracer: Tracer, Component {
    /// Creates the tracer.
    public init() {}

    /// The system clock.
    public var clock: any ClockSource { SystemClock() }
    /// Does nothing.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {}
}
