/// A logger (the toolkit's `ILogger`).
///
/// A component logs through its own ``CompositeLogger``, which forwards to all loggers of the service. Messages and
/// fields are evaluated only if a logger writes them.
public protocol Logger: Sendable {
    /// The level. Less important messages are not written.
    var level: LogLevel { get }
    /// Returns true if messages of this level are written; always true for `none`. By default it compares with
    /// ``level``.
    func isEnabled(_ level: LogLevel) -> Bool
    /// Writes a message if the level permits it.
    func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap)
}

// Inlined into the caller: a message that is not written costs only one call for the level.
extension Logger {
    /// Returns true if messages of this level are written; always true for `none`.
    public func isEnabled(_ level: LogLevel) -> Bool { level <= self.level }

    /// Logs that the service can't continue. `fields` are additional values.
    @inlinable public func fatal(
        _ context: Context, error: (any Error)? = nil, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.fatal) else { return }
        log(.fatal, context, error: error, message: message(), fields: fields())
    }

    /// Logs that an operation failed. `fields` are additional values.
    @inlinable public func error(
        _ context: Context, error: (any Error)? = nil, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.error) else { return }
        log(.error, context, error: error, message: message(), fields: fields())
    }

    /// Logs a possible problem. `fields` are additional values.
    @inlinable public func warn(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.warn) else { return }
        log(.warn, context, error: nil, message: message(), fields: fields())
    }

    /// Logs an important event. `fields` are additional values.
    @inlinable public func info(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.info) else { return }
        log(.info, context, error: nil, message: message(), fields: fields())
    }

    /// Logs details for debugging. `fields` are additional values.
    @inlinable public func debug(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.debug) else { return }
        log(.debug, context, error: nil, message: message(), fields: fields())
    }

    /// Logs the most detailed information. `fields` are additional values.
    @inlinable public func trace(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.trace) else { return }
        log(.trace, context, error: nil, message: message(), fields: fields())
    }
}
