import Synchronization

/// Forwards messages to all loggers of the service (the toolkit's `CompositeLogger`).
///
/// Use it as a child component: `let logger = CompositeLogger()`. A message that no logger writes costs two atomic
/// loads, unless the service has a custom logger, whose level may change at any time.
public final class CompositeLogger: Logger, Component {
    // Excludes other composites, which forward to the same loggers: every message would be written twice.
    private let loggers = Dependencies<any Logger>("loggers", ["*:logger:*:*:*"]) {
        type(of: $0) != CompositeLogger.self
    }
    /// The cached level and the slot-change count for which it is valid; zero if there is none.
    private let knownLevel = Atomic<UInt64>(0)

    /// Creates the logger.
    public init() {}

    /// The most verbose level among the loggers.
    public var level: LogLevel {
        let known = knownLevel.load(ordering: .relaxed)
        guard known >> Self.levelBits == SlotChanges.count,
            let level = LogLevel(rawValue: Int(known & Self.levelMask))
        else { return findLevel() }
        return level
    }

    /// Returns true if a logger writes messages of this level.
    public func isEnabled(_ level: LogLevel) -> Bool {
        let known = knownLevel.load(ordering: .relaxed)
        guard known >> Self.levelBits == SlotChanges.count else { return level <= findLevel() }
        return UInt64(level.rawValue) <= known & Self.levelMask
    }

    /// Forwards a message to the loggers whose level permits it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        for logger in loggers() where logger.isEnabled(level) {
            logger.log(level, context, error: error, message: message, fields: fields)
        }
    }

    // MARK: - Internal

    private static let levelBits: UInt64 = 3
    private static let levelMask: UInt64 = 0b111

    /// Computes the level from all loggers, and caches it if it stays valid until a slot changes.
    private func findLevel() -> LogLevel {
        // Read before the loggers, so that a concurrent change invalidates the result.
        let changes = SlotChanges.count
        let loggers = loggers()
        let level = loggers.reduce(LogLevel.none) { max($0, $1.level) }
        if loggers.allSatisfy({ $0 is any SettledLogger }) {
            knownLevel.store(changes << Self.levelBits | UInt64(level.rawValue), ordering: .relaxed)
        }
        return level
    }
}
