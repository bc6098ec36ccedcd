/// Collects log messages and saves them many at a time: the engine of loggers that write to an outside system (the
/// toolkit's `CachedLogger`).
///
/// ```swift
/// let cache = CachedLogger { messages in try await save(messages) }
/// ```
/// A component holds it as a child and passes messages to it, or it is registered as a logger by itself. When and how
/// much it saves, and what happens while saving fails, is told at ``CachedBuffer``. That saving fails is written to
/// standard error once; what was dropped is told by a message of level `warn` as soon as saving succeeds again.
public final class CachedLogger: Logger, Component {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "Messages less important than this are not written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "Where messages come from; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock: ClockSlot
    private let buffer: CachedBuffer<LogMessage>

    /// Creates the engine.
    ///
    /// - Parameter save: saves messages, the oldest first. What it throws makes the engine try again later.
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

    /// Messages that are less important than this are not written; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// Where messages come from: the setting `source`, else the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Takes a message, if the level calls for it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            LogMessage(
                time: clock.now, level: level, source: source, traceId: context.traceId, message: message,
                error: error, fields: fields))
    }

    /// Saves what is there now, and waits for it (the toolkit's `dump`). Messages of a failed save are kept, within the
    /// bound.
    public func dump() async { await buffer.flush() }

    /// Forgets what is there.
    public func clear() { buffer.clear() }

    /// How many messages wait.
    public var count: Int { buffer.count }
}

extension CachedLogger: SettledLogger {}
