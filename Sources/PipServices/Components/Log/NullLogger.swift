/// A logger that writes nothing (the toolkit's `NullLogger`).
public final class NullLogger: Logger, Component {
    /// Creates the logger.
    public init() {}

    /// `none`.
    public var level: LogLevel { .none }
    /// Does nothing.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {}
}

extension NullLogger: SettledLogger {}
