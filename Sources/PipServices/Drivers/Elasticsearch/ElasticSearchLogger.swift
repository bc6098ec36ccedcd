/// Writes log messages to Elasticsearch 7 and 8, or OpenSearch (the toolkit's `ElasticSearchLogger`).
///
/// Messages are collected and sent by bulk requests: each `options.interval`, as soon as there are
/// `options.max_cache_size`, and when the logger closes, see ``CachedBuffer``. Each is a document with the fields of
/// ``LogMessage``; the values beside its text are in the object `fields`. An index template for `index`, or for `index-*`
/// with `daily`, holds the mapping.
///
/// While the servers can't be reached the newest `options.max_cache_size` messages are kept. What is dropped is counted,
/// and told by a message as soon as saving succeeds. A message that a server rejects, such as for a field that does not fit
/// the mapping, is reported to standard error and dropped alone. A message has one id however often it is sent, so that none
/// is kept twice.
///
/// Safe to use from any task.
public final class ElasticSearchLogger: Logger, Component, Openable {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "Messages less important than this are not written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "Where messages come from; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock: ClockSlot
    private let sender: BulkSender
    private let buffer: CachedBuffer<BulkRecord>
    private let isReady = Locked(false)

    /// Creates the logger.
    public init() {
        let (sender, clock) = (BulkSender(), ClockSlot())
        (self.sender, self.clock) = (sender, clock)
        buffer = CachedBuffer(
            save: { try await sender.send($0) },
            note: { count in
                sender.record(
                    LogMessage(
                        time: clock.now, level: .warn,
                        message: "\(count) log messages were dropped while they could not be saved",
                        fields: ["dropped": .integer(Int64(count))]))
            },
            report: { ConsoleLogger().error(.empty, error: $0, "Failed to save log messages to Elasticsearch") })
    }

    /// Whether the driver is compiled in.
    public static let driver = Driver(
        name: "Elasticsearch", flag: "PIP_ELASTICSEARCH", package: "", libraryVersion: ElasticSearchLibrary.version)

    /// Messages that are less important than this are not written; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// Where messages come from: the setting `source`, else the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Takes a message, if the level calls for it. Never waits and never fails.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            sender.record(
                LogMessage(
                    time: clock.now, level: level, source: source, traceId: context.traceId, message: message,
                    error: error, fields: fields)))
    }

    /// Saves what is there now, and waits for it (the toolkit's `dump`). Messages of a failed save are kept, within the
    /// bound.
    public func dump() async { await buffer.flush() }

    /// Forgets what is there.
    public func clear() { buffer.clear() }

    /// How many messages wait.
    public var count: Int { buffer.count }

    /// True while the logger is open.
    public var isOpen: Bool { isReady.current }

    /// Finds the servers. None of them need be there yet.
    /// - Throws: what ``HTTPConnectionResolver/resolveEach(_:)`` throws, such as Misconfiguration `NO_CONNECTION`;
    ///   Misconfiguration `BAD_URI`.
    public func open(_ context: Context) async throws {
        try await sender.open(context)
        isReady.withLock { $0 = true }
    }

    /// Saves what is there, within three times `options.save_timeout`.
    public func close(_ context: Context) async throws {
        guard isOpen else { return }
        isReady.withLock { $0 = false }
        try await buffer.close(context)
        sender.close()
    }
}

extension ElasticSearchLogger: SettledLogger {}
