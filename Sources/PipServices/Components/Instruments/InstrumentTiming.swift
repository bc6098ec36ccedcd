/// Logs, counts and traces an operation (the toolkit's `InstrumentTiming`): counters `<name>.exec_count`,
/// `<name>.exec_time` and `<name>.exec_errors`, or `call_` for calls to other services.
///
/// A failure is logged as an error. One that is the fault of the client (status 400 to 499) is logged at level `debug`,
/// or as a warning if this service is the client. A cancelled operation is a warning.
public struct InstrumentTiming: Sendable {
    private let context: Context
    private let operation: InstrumentedOperation
    private let instruments: Instruments
    private let start: Duration?

    init(_ context: Context, _ operation: InstrumentedOperation, _ instruments: Instruments) {
        self.context = context
        self.operation = operation
        self.instruments = instruments
        start = instruments.isIdle ? nil : instruments.counters.clock.uptime
    }

    /// Ends the operation, with the error it failed with. Consumes the timing, so that it ends once.
    public consuming func endTiming(_ error: (any Error)? = nil) {
        if let error { log(error) }
        guard let start else { return }
        let duration = instruments.counters.clock.uptime - start
        instruments.counters.update(operation.time, .interval(duration.milliseconds))
        if error != nil { instruments.counters.update(operation.errors, .increment(1)) }
        instruments.tracer.record(
            context, component: operation.name, operation: "", error: error, duration: duration)
    }

    // MARK: - Internal

    private func log(_ error: any Error) {
        guard !(error is CancellationError) else {
            // Not a failure of the operation: its caller has gone, or the service shuts down.
            return instruments.logger.warn(context, operation.cancelled)
        }
        let level = ApplicationError.isClientFault(error) ? operation.clientFaultLevel : .error
        guard instruments.logger.isEnabled(level) else { return }
        instruments.logger.log(level, context, error: error, message: operation.failure, fields: [:])
    }
}

// MARK: - Internal

/// The names that an operation goes by, put together once.
struct InstrumentedOperation: Sendable {
    let name: String
    let started: String
    let failure: String
    let cancelled: String
    let count: String
    let time: String
    let errors: String
    /// The level at which a failure is logged that is the fault of the client.
    let clientFaultLevel: LogLevel

    init(_ name: String, verb: String = "exec") {
        self.name = name
        started = "\(verb == "exec" ? "Executing" : "Calling") \(name) method"
        cancelled = "\(verb == "exec" ? "Execution" : "Call") of \(name) method was cancelled"
        failure = "Failed to \(verb == "exec" ? "execute" : verb) \(name) method"
        count = "\(name).\(verb)_count"
        time = "\(name).\(verb)_time"
        errors = "\(name).\(verb)_errors"
        clientFaultLevel = verb == "exec" ? .debug : .warn
    }
}
