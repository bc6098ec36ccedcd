/// Passes messages on to all loggers of the service (the toolkit's `CompositeLogger`).
///
/// The logger that components hold: `let logger = CompositeLogger()`.
public final class CompositeLogger: Logger, Component {
    // Composites reach the same loggers as this one: through them every message would be written twice.
    private let loggers = Dependencies<any Logger>("loggers", ["*:logger:*:*:*"]) {
        type(of: $0) != CompositeLogger.self
    }

    /// Creates the logger.
    public init() {}

    /// The level of the logger that writes most.
    public var level: LogLevel { loggers().reduce(.none) { max($0, $1.level) } }

    /// Passes a message on to the loggers whose level calls for it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        for logger in loggers() where logger.isEnabled(level) {
            logger.log(level, context, error: error, message: message, fields: fields)
        }
    }
}
