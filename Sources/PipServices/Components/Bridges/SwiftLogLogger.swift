public import Logging

/// A logger that writes to the bootstrapped backend of swift-log.
///
/// Fields become metadata, and so does the trace id, as `trace_id`. `fatal` becomes `critical`. Messages that came from
/// swift-log are not sent back.
public final class SwiftLogLogger: PipServices.Logger, Component {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "The least severe level that is written")
    private let label = Setting("label", default: "pip-services", "The label of the swift-log logger")
    private let box: SlotBox<Logging.Logger>

    /// Creates a logger. Without `logger`, it uses `LoggingSystem` when it first writes.
    public init(_ logger: Logging.Logger? = nil) {
        box = SlotBox(logger)
    }

    /// The level, `info` by default. Less important messages are not written. swift-log's logger also applies its own
    /// level.
    public var level: LogLevel { levelSetting() }

    /// Writes a message if the level permits it.
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
