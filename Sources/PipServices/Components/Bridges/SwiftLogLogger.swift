public import Logging

/// Writes the toolkit's log messages to swift-log: to whatever the process has bootstrapped there.
///
/// Fields become metadata, beside `trace_id` where there is one. `fatal` becomes `critical`. What came from swift-log
/// does not go back to it.
public final class SwiftLogLogger: PipServices.Logger, Component {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "Messages less important than this are not written")
    private let label = Setting("label", default: "pip-services", "The label of the logger at swift-log")
    private let box: SlotBox<Logging.Logger>

    /// Creates a logger. Without `logger` it takes one from `LoggingSystem` when it first writes.
    public init(_ logger: Logging.Logger? = nil) {
        box = SlotBox(logger)
    }

    /// Messages that are less important than this are not written, `info` by default. swift-log's logger has a level of
    /// its own beside it.
    public var level: LogLevel { levelSetting() }

    /// Writes a message, if the level calls for it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !Bridge.isLogging else { return }
        let swiftLevel = BridgedLogHandler.level(level)
        Bridge.$isLogging.withValue(true) {
            let logger = logger
            guard logger.logLevel <= swiftLevel else { return }
            var metadata = Logging.Logger.Metadata(
                fields.map { ($0.key, Self.metadata($0.value, depth: 0)) }, uniquingKeysWith: { $1 })
            if let traceId = context.traceId { metadata["trace_id"] = .string(traceId) }
            logger.log(
                level: swiftLevel, "\(message)", error: error, metadata: metadata.isEmpty ? nil : metadata,
                source: "PipServices")
        }
    }

    // MARK: - Internal

    private var logger: Logging.Logger {
        if let logger = box.value { return logger }
        let logger = Logging.Logger(label: label())
        box.set(logger)
        return logger
    }

    private static func metadata(_ value: AnyValue, depth: Int) -> Logging.Logger.Metadata.Value {
        switch value {
        case .array(let values) where depth < 8: .array(values.map { metadata($0, depth: depth + 1) })
        case .map(let values) where depth < 8:
            .dictionary(
                Dictionary(
                    values.map { ($0.key, metadata($0.value, depth: depth + 1)) }, uniquingKeysWith: { $1 }))
        default: .string(StringConverter.toString(value))
        }
    }
}

extension SwiftLogLogger: SettledLogger {}
