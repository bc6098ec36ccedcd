public import Logging

/// A swift-log handler that writes to the toolkit's loggers.
///
/// ```swift
/// let logger = Logging.Logger(label: "client") { BridgedLogHandler(label: $0, logger: compositeLogger) }
/// ```
/// Messages have the label and the metadata as fields. Their trace id is that of ``Context/current``, or else the
/// metadata `trace_id`. `notice` becomes `info`, and `critical` becomes `fatal`. The handler has the level of the
/// toolkit's logger until its own is set. Messages that the toolkit itself sends to swift-log are not sent back.
public struct BridgedLogHandler: LogHandler {
    private let label: String
    private let logger: any Logger
    private var ownLevel: Logging.Logger.Level?
    /// Metadata that is added to every message.
    public var metadata: Logging.Logger.Metadata = [:]
    /// Provides additional metadata for each message.
    public var metadataProvider: Logging.Logger.MetadataProvider?

    /// Creates a handler.
    public init(
        label: String, logger: any PipServices.Logger, metadataProvider: Logging.Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.logger = logger
        self.metadataProvider = metadataProvider
    }

    /// The level. Less important messages are not written.
    public var logLevel: Logging.Logger.Level {
        get { ownLevel ?? Self.level(logger.level) }
        set { ownLevel = newValue }
    }

    /// A metadata value that is added to every message.
    public subscript(metadataKey key: String) -> Logging.Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a message if the level of the toolkit's logger permits it.
    public func log(event: LogEvent) {
        let level = Self.level(event.level)
        guard logger.isEnabled(level), !Bridge.isLogging else { return }
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        if let metadata = event.metadata { all.merge(metadata) { $1 } }
        var context = Context.current ?? .empty
        if context.traceId == nil, let traceId = all["trace_id"] { context.traceId = "\(traceId)" }
        var fields: AnyValueMap = ["label": .string(label)]
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { fields[key] = Self.value(value, depth: 0) }
        Bridge.$isLogging.withValue(true) {
            logger.log(level, context, error: event.error, message: "\(event.message)", fields: fields)
        }
    }

    // MARK: - Internal

    private static func level(_ level: Logging.Logger.Level) -> LogLevel {
        switch level {
        case .trace: .trace
        case .debug: .debug
        case .info, .notice: .info
        case .warning: .warn
        case .error: .error
        case .critical: .fatal
        }
    }

    static func level(_ level: LogLevel) -> Logging.Logger.Level {
        switch level {
        case .none, .fatal: .critical
        case .error: .error
        case .warn: .warning
        case .info: .info
        case .debug: .debug
        case .trace: .trace
        }
    }

    private static func value(_ value: Logging.Logger.Metadata.Value, depth: Int) -> AnyValue {
        switch value {
        case .dictionary(let values) where depth < 8:
            .map(
                AnyValueMap(
                    values.sorted { $0.key < $1.key }.map { ($0.key, Self.value($0.value, depth: depth + 1)) }))
        case .array(let values) where depth < 8: .array(values.map { Self.value($0, depth: depth + 1) })
        default: .string("\(value)")
        }
    }
}
