#if PIP_AZURE
import FoundationEssentials

/// Writes log messages to Azure Application Insights (the toolkit's `AppInsightsLogger`).
///
/// Messages are collected and sent as ``CachedBuffer`` says. A message is a trace, one with an error an exception; both belong
/// to the operation of W3C Trace Context in which they were logged. The trace id of the toolkit is the property
/// `CorrelationId`, and values beside the text are properties. The service's name is the role, and its context id the
/// instance.
///
/// While Application Insights can't be reached, the newest `options.max_cache_size` messages are kept. What it rejects for good
/// is reported to standard error and dropped.
///
/// Safe to use from any task.
public final class AppInsightsLogger: Logger, Component, Openable, Checkable {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "Messages less important than this are not written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "Where messages come from; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock: ClockSlot
    private let sender: InsightsSender
    private let buffer: CachedBuffer<InsightsRecord>

    /// Creates the logger.
    public init() {
        let (clock, sender, instance) = (ClockSlot(), InsightsSender(), Locked<String?>(nil))
        (self.clock, self.sender, self.instance) = (clock, sender, instance)
        buffer = CachedBuffer(
            save: { records in
                let instance = instance.current
                try await sender.send(records) { InsightsTelemetry.log($0, key: $1, instance: instance) }
            },
            note: { count in
                InsightsRecord(
                    LogMessage(
                        time: clock.now, level: .warn,
                        message: "\(count) log messages were dropped while they could not be saved",
                        fields: ["dropped": .integer(Int64(count))]))
            },
            report: { ConsoleLogger().error(.empty, error: $0, "Failed to save log messages to Application Insights") })
    }

    /// The context id, as it was when the logger was opened.
    private let instance: Locked<String?>

    /// Messages that are less important than this are not written; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// Where messages come from: the setting `source`, else the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Takes a message, if the level calls for it. Never waits and never fails.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            InsightsRecord(
                LogMessage(
                    time: clock.now, level: level, source: source, traceId: context.traceId, message: message,
                    error: error, fields: fields), context))
    }

    /// Saves what is there now, and waits for it (the toolkit's `dump`). Messages of a failed save are kept, within the
    /// bound.
    public func dump() async { await buffer.flush() }

    /// Forgets what is there.
    public func clear() { buffer.clear() }

    /// How many messages wait.
    public var count: Int { buffer.count }

    /// True while the logger is open.
    public var isOpen: Bool { sender.client.isOpen }

    /// Finds the address and the key. Nothing is sent yet.
    /// - Throws: as ``AzureConnectionResolver/resolve(_:)``; Misconfiguration `NO_INSTRUMENTATION_KEY`,
    ///   `BAD_INSTRUMENTATION_KEY` or `BAD_URI`.
    public func open(_ context: Context) async throws {
        instance.withLock { $0 = info()?.contextId }
        try await sender.open(context)
    }

    /// Checks the configuration, unless it has to be looked up.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws { try await sender.checkConfiguration(context) }

    /// Saves what is there, within three times `options.save_timeout`.
    public func close(_ context: Context) async throws {
        guard isOpen else { return }
        try await buffer.close(context)
        sender.client.close()
    }
}

extension AppInsightsLogger: SettledLogger {}
#endif
