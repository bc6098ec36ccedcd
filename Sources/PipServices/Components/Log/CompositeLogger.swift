import Synchronization

/// Passes messages on to all loggers of the service (the toolkit's `CompositeLogger`).
///
/// The logger that components hold: `let logger = CompositeLogger()`. A message that no logger writes costs two atomic
/// loads, unless the service has a logger of its own type, whose level may change at any time.
public final class CompositeLogger: Logger, Component {
    // Composites reach the same loggers as this one: through them every message would be written twice.
    private let loggers = Dependencies<any Logger>("loggers", ["*:logger:*:*:*"]) {
        type(of: $0) != CompositeLogger.self
    }
    /// The level, beside the number of slot changes for which it is valid; zero if there is none.
    private let knownLevel = Atomic<UInt64>(0)

    /// Creates the logger.
    public init() {}

    /// The level of the logger that writes most.
    public var level: LogLevel {
        let known = knownLevel.load(ordering: .relaxed)
        guard known >> Self.levelBits == SlotChanges.count,
            let level = LogLevel(rawValue: Int(known & Self.levelMask))
        else { return findLevel() }
        return level
    }

    /// True if some logger writes messages of this level.
    public func isEnabled(_ level: LogLevel) -> Bool {
        let known = knownLevel.load(ordering: .relaxed)
        guard known >> Self.levelBits == SlotChanges.count else { return level <= findLevel() }
        return UInt64(level.rawValue) <= known & Self.levelMask
    }

    /// Passes a message on to the loggers whose level calls for it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        for logger in loggers() where logger.isEnabled(level) {
            logger.log(level, context, error: error, message: message, fields: fields)
        }
    }

    // MARK: - Internal

    private static let levelBits: UInt64 = 3
    private static let levelMask: UInt64 = 0b111

    /// Asks all loggers, and remembers the result if it is valid until a slot changes.
    private func findLevel() -> LogLevel {
        // Before the loggers are asked: a change that comes meanwhile makes the result invalid.
        let changes = SlotChanges.count
        let loggers = loggers()
        let level = loggers.reduce(LogLevel.none) { max($0, $1.level) }
        if loggers.allSatisfy({ $0 is any SettledLogger }) {
            knownLevel.store(changes << Self.levelBits | UInt64(level.rawValue), ordering: .relaxed)
        }
        return level
    }
}
