/// Logs, counts and traces an operation (the toolkit's `InstrumentTiming`): counters `<name>.exec_count`,
/// `<name>.exec_time` and `<name>.exec_errors`, or `call_` for calls to other services.
///
/// A failure is logged as an error, or at level `debug` if it is the fault of the client (status 400 to 499). A failed call
/// to another service is a warning, since the operation that makes it logs the error; one that an open circuit breaker
/// refuses is logged at level `debug`. A cancelled operation is a warning.
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
        guard let level = operation.failureLevel(of: error) else { return }
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
    private let isCall: Bool
    private let logsFailures: Bool

    /// - Parameter logsFailures: false if the caller of the operation logs the errors that it throws.
    init(_ name: String, verb: String = "exec", logsFailures: Bool = true) {
        self.name = name
        self.logsFailures = logsFailures
        isCall = verb != "exec"
        started = "\(verb == "exec" ? "Executing" : "Calling") \(name) method"
        cancelled = "\(verb == "exec" ? "Execution" : "Call") of \(name) method was cancelled"
        failure = Self.failure(of: name, verb: verb)
        count = "\(name).\(verb)_count"
        time = "\(name).\(verb)_time"
        errors = "\(name).\(verb)_errors"
    }

    /// What is logged when an operation fails.
    static func failure(of name: String, verb: String = "exec") -> String {
        "Failed to \(verb == "exec" ? "execute" : verb) \(name) method"
    }

    /// The level at which a failure is logged; nil if it is not logged here.
    func failureLevel(of error: any Error) -> LogLevel? {
        guard logsFailures else { return nil }
        guard isCall else { return ApplicationError.isClientFault(error) ? .debug : .error }
        // The operation that makes the call logs the error, unless it can do without. What a circuit breaker refuses was
        // logged when the breaker opened.
        return (error as? ApplicationError)?.code == "CIRCUIT_OPEN" ? .debug : .warn
    }
}
