/// An operation that is being traced (the toolkit's `TraceTiming`).
public struct TraceTiming: Sendable {
    private let context: Context
    private let component: String
    private let operation: String
    private let tracer: any Tracer
    private let start: Duration

    init(_ context: Context, _ component: String, _ operation: String, _ tracer: any Tracer) {
        self.context = context
        self.component = component
        self.operation = operation
        self.tracer = tracer
        start = tracer.clock.uptime
    }

    /// Records that the operation succeeded. Consumes the timing, so that it can't end twice.
    public consuming func endTrace() { end(nil) }

    /// Records that the operation failed. Consumes the timing, so that it can't end twice.
    public consuming func endFailure(_ error: any Error) { end(error) }

    // MARK: - Internal

    private func end(_ error: (any Error)?) {
        tracer.record(
            context, component: component, operation: operation, error: error, duration: tracer.clock.uptime - start)
    }
}
