/// The logger, counters and tracer of a component.
public final class Instruments: Component {
    /// The service's loggers.
    public let logger = CompositeLogger()
    /// The service's counters.
    public let counters = CompositeCounters()
    /// The service's tracers.
    public let tracer = CompositeTracer()

    /// Creates the instruments.
    public init() {}

    /// Starts logging, counting and tracing an operation (the toolkit's `instrument`). The result ends it.
    public func begin(_ context: Context, _ name: String) -> InstrumentTiming {
        begin(context, InstrumentedOperation(name))
    }

    // MARK: - Internal

    var isIdle: Bool { counters.isIdle && tracer.isIdle }

    func begin(_ context: Context, _ operation: InstrumentedOperation) -> InstrumentTiming {
        logger.trace(context, operation.started)
        if !counters.isIdle { counters.update(operation.count, .increment(1)) }
        return InstrumentTiming(context, operation, self)
    }

    /// Runs an operation with logging, counting and tracing.
    @inline(__always)
    func run<Result>(
        _ context: Context, _ operation: InstrumentedOperation, _ body: () async throws -> Result
    ) async throws -> Result {
        let timing = begin(context, operation)
        do {
            let result = try await body()
            timing.endTiming()
            return result
        } catch {
            timing.endTiming(error)
            throw error
        }
    }
}
