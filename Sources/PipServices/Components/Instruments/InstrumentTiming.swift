/// Logs, counts and traces an operation (the toolkit's `InstrumentTiming`). The counters are `<name>.exec_count`,
/// `<name>.exec_time` and `<name>.exec_errors`; for calls to other services, `call_` replaces `exec_`.
///
/// A failure is logged as an error, or at level `debug` if the client caused it (status 400 to 499). A failed call to
/// another service is a warning, because the calling operation logs the error; a call refused by an open circuit
/// breaker is logged at level `debug`. A cancelled operation is a warning.
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

    /// Ends the operation, with its error if it failed. Consumes the timing, so that it can't end twice.
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
            // Not a failure of the operation: the caller has gone, or the service shuts down.
            return instruments.logger.warn(context, operation.cancelled)
        }
        guard let level = operation.failureLevel(of: error) else { return }
        guard instruments.logger.isEnabled(level) else { return }
        instruments.logger.log(level, context, error: error, message: operation.failure, fields: [:])
    }
}

// MARK: - Internal

/// The precomputed names of an operation.
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

    /// Returns the log message for a failed operation.
    static func failure(of name: String, verb: String = "exec") -> String {
        "Failed to \(verb == "exec" ? "execute" : verb) \(name) method"
    }

    /// Returns the log level of a failure; nil if it is not logged here.
    func failureLevel(of error: any Error) -> LogLevel? {
        guard logsFailures else { return nil }
        guard isCall else { return ApplicationError.isClientFault(error) ? .debug : .error }
        // The calling operation logs the error unless it can continue. A refused call was logged when the breaker
        // opened.
        return (error as? ApplicationError)?.code == "CIRCUIT_OPEN" ? .debug : .warn
    }
}
