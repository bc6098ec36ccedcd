/// Writes log messages (the toolkit's `ILogger`).
///
/// Components log through a ``CompositeLogger`` of their own, which reaches all loggers of the service. A message is
/// only composed when some logger writes it, and so are its fields.
public protocol Logger: Sendable {
    /// Messages that are less important than this are not written.
    var level: LogLevel { get }
    /// True when a message of this level is written. One of level `none` always is. By default it compares with ``level``.
    func isEnabled(_ level: LogLevel) -> Bool
    /// Writes a message, if the level calls for it.
    func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap)
}

// Inlined into the caller: a message that is not written costs one call, which asks for the level.
extension Logger {
    /// True when a message of this level is written. One of level `none` always is.
    public func isEnabled(_ level: LogLevel) -> Bool { level <= self.level }

    /// Writes that the service can't go on. `fields` are values beside the message.
    @inlinable public func fatal(
        _ context: Context, error: (any Error)? = nil, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.fatal) else { return }
        log(.fatal, context, error: error, message: message(), fields: fields())
    }

    /// Writes that an operation failed. `fields` are values beside the message.
    @inlinable public func error(
        _ context: Context, error: (any Error)? = nil, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.error) else { return }
        log(.error, context, error: error, message: message(), fields: fields())
    }

    /// Writes that something looks wrong. `fields` are values beside the message.
    @inlinable public func warn(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.warn) else { return }
        log(.warn, context, error: nil, message: message(), fields: fields())
    }

    /// Writes something worth knowing. `fields` are values beside the message.
    @inlinable public func info(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.info) else { return }
        log(.info, context, error: nil, message: message(), fields: fields())
    }

    /// Writes something for finding mistakes. `fields` are values beside the message.
    @inlinable public func debug(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.debug) else { return }
        log(.debug, context, error: nil, message: message(), fields: fields())
    }

    /// Writes a step on the way. `fields` are values beside the message.
    @inlinable public func trace(
        _ context: Context, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> AnyValueMap = [:]
    ) {
        guard isEnabled(.trace) else { return }
        log(.trace, context, error: nil, message: message(), fields: fields())
    }
}
