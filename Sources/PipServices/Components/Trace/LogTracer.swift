/// Writes traces to the service's loggers (the toolkit's `LogTracer`): failures as errors, the rest at a level of
/// choice. The rest includes failures that are the fault of the client (status 400 to 499) and cancelled operations.
public final class LogTracer: Tracer, Component {
    private let logLevel = Setting(
        "options.log_level", default: LogLevel.debug,
        "The level at which operations are logged that succeeded, or failed by a fault of the client")
    private let logger = CompositeLogger()
    private let clockSlot = ClockSlot()

    /// Creates the tracer.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Writes a trace.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        let isCancelled = error is CancellationError
        let error = isCancelled ? nil : error
        let level = error.map { !ApplicationError.isClientFault($0) } ?? false ? .error : logLevel()
        guard logger.isEnabled(level) else { return }
        let verb = isCancelled ? "Cancelled" : error == nil ? "Executed" : "Failed to execute"
        let name = operation.isEmpty ? component : "\(component).\(operation)"
        let time = StringConverter.toString((duration.milliseconds * 1000).rounded() / 1000)
        logger.log(level, context, error: error, message: "\(verb) \(name) in \(time) msec", fields: [:])
    }
}
