/// Notes which operations ran, how long they took and how they ended (the toolkit's `ITracer`).
///
/// Components trace through a ``CompositeTracer`` of their own, which reaches all tracers of the service.
public protocol Tracer: Sendable {
    /// The clock that times are measured with.
    var clock: any ClockSource { get }
    /// Notes an operation that has ended, with the error it failed with.
    func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration)
}

extension Tracer {
    /// Notes an operation that succeeded.
    public func trace(_ context: Context, _ component: String, _ operation: String, _ duration: Duration) {
        record(context, component: component, operation: operation, error: nil, duration: duration)
    }

    /// Notes an operation that failed.
    public func failure(
        _ context: Context, _ component: String, _ operation: String, _ error: any Error, _ duration: Duration
    ) {
        record(context, component: component, operation: operation, error: error, duration: duration)
    }

    /// Starts to trace an operation, which ``TraceTiming`` ends.
    public func beginTrace(_ context: Context, _ component: String, _ operation: String) -> TraceTiming {
        TraceTiming(context, component, operation, self)
    }
}
