/// Collects log messages and saves them in batches: the engine of loggers for external systems (the toolkit's
/// `CachedLogger`).
///
/// ```swift
/// let cache = CachedLogger { messages in try await save(messages) }
/// ```
/// Use it as a child component that you pass messages to, or register it as a logger itself. ``CachedBuffer`` describes
/// when it saves and how it handles failures. The first failure to save is written to standard error. When saving
/// succeeds again, a message of level `warn` reports the number of dropped messages.
public final class CachedLogger: Logger, Component {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "The least severe level that is written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "The source of messages; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock: ClockSlot
    private let buffer: CachedBuffer<LogMessage>

    /// Creates the engine.
    ///
    /// - Parameter save: saves messages, oldest first. If it throws, they are saved again later.
    public init(_ save: @escaping @Sendable ([LogMessage]) async throws -> Void) {
        let clock = ClockSlot()
        self.clock = clock
        buffer = CachedBuffer(
            save: save,
            note: { count in
                LogMessage(
                    time: clock.now, level: .warn,
                    message: "\(count) log messages were dropped while they could not be saved",
                    fields: ["dropped": .integer(Int64(count))])
            },
            report: { ConsoleLogger().error(.empty, error: $0, "Failed to save log messages") })
    }

    /// The level, `info` by default. Less important messages are not written.
    public var level: LogLevel { levelSetting() }

    /// The source of messages: the setting `source`, or else the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Adds a message if the level permits it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            LogMessage(
                time: clock.now, level: level, source: source, traceId: context.traceId, message: message,
                error: error, fields: fields))
    }

    /// Saves the buffered messages and waits for the result (the toolkit's `dump`). Messages of a failed save are kept,
    /// within the limit.
    public func dump() async { await buffer.flush() }

    /// Discards the buffered messages.
    public func clear() { buffer.clear() }

    /// The number of buffered messages.
    public var count: Int { buffer.count }
}

extension CachedLogger: SettledLogger {}
