/// Writes traces to the service's loggers (the toolkit's `LogTracer`): failures as errors, other traces at a
/// configurable level. These include failures caused by the client (status 400 to 499) and cancelled operations.
public final class LogTracer: Tracer, Component {
    private let logLevel = Setting(
        "options.log_level", default: LogLevel.debug,
        "The log level of operations that succeeded, or that failed because of the client")
    private let logger = CompositeLogger()
    private let clockSlot = ClockSlot()

    /// Creates the tracer.
    public init() {}

    /// The clock of the service.
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
