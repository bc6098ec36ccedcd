/// Records operations with their duration and result (the toolkit's `ITracer`).
///
/// A component traces through its own ``CompositeTracer``, which forwards to all tracers of the service.
public protocol Tracer: Sendable {
    /// The clock for measuring durations.
    var clock: any ClockSource { get }
    /// Records a completed operation, with its error if it failed.
    func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration)
}

extension Tracer {
    /// Records a successful operation.
    public func trace(_ context: Context, _ component: String, _ operation: String, _ duration: Duration) {
        record(context, component: component, operation: operation, error: nil, duration: duration)
    }

    /// Records a failed operation.
    public func failure(
        _ context: Context, _ component: String, _ operation: String, _ error: any Error, _ duration: Duration
    ) {
        record(context, component: component, operation: operation, error: error, duration: duration)
    }

    /// Starts tracing an operation. ``TraceTiming`` ends it.
    public func beginTrace(_ context: Context, _ component: String, _ operation: String) -> TraceTiming {
        TraceTiming(context, component, operation, self)
    }
}
