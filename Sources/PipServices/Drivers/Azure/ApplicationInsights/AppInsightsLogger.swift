#if PIP_AZURE
import FoundationEssentials

/// Writes log messages to Azure Application Insights (the toolkit's `AppInsightsLogger`).
///
/// Messages are buffered and sent as described in ``CachedBuffer``. A message becomes a trace, or an exception if it
/// has an error. Both belong to the W3C Trace Context operation in which they were logged. The toolkit's trace id
/// becomes the property `CorrelationId`, and structured fields become properties. The role is the service's name, and
/// the role instance its context id.
///
/// While Application Insights can't be reached, the newest `options.max_cache_size` messages are kept. Messages that it
/// rejects permanently are reported to standard error and dropped.
///
/// Safe to use from any task.
public final class AppInsightsLogger: Logger, Component, Openable, Checkable {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "The least severe level that is written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "The source of messages; the service's name by default")
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

    /// The context id when the logger was opened.
    private let instance: Locked<String?>

    /// The least severe level that is written; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// The source of messages: the setting `source`, otherwise the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Buffers a message if its level is enabled. Never waits and never fails.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            InsightsRecord(
                LogMessage(
                    time: clock.now, level: level, source: source, traceId: context.traceId, message: message,
                    error: error, fields: fields), context))
    }

    /// Sends the buffered messages and waits for the result (the toolkit's `dump`). After a failure, messages are kept
    /// up to `options.max_cache_size`.
    public func dump() async { await buffer.flush() }

    /// Drops the buffered messages.
    public func clear() { buffer.clear() }

    /// The number of buffered messages.
    public var count: Int { buffer.count }

    /// True while the logger is open.
    public var isOpen: Bool { sender.client.isOpen }

    /// Resolves the address and the key. Sends nothing.
    /// - Throws: as ``AzureConnectionResolver/resolve(_:)``; Misconfiguration `NO_INSTRUMENTATION_KEY`,
    ///   `BAD_INSTRUMENTATION_KEY` or `BAD_URI`.
    public func open(_ context: Context) async throws {
        instance.withLock { $0 = info()?.contextId }
        try await sender.open(context)
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws { try await sender.checkConfiguration(context) }

    /// Sends the buffered messages, within three times `options.save_timeout`.
    public func close(_ context: Context) async throws {
        guard isOpen else { return }
        try await buffer.close(context)
        sender.client.close()
    }
}

extension AppInsightsLogger: SettledLogger {}
#endif
