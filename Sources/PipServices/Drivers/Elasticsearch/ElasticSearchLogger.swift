/// Sends log messages to Elasticsearch 7 and 8, or OpenSearch (the toolkit's `ElasticSearchLogger`).
///
/// Messages are buffered and sent in bulk requests: every `options.interval`, when `options.max_cache_size` messages
/// are buffered, and when the logger closes, see ``CachedBuffer``. Each message is a document with the fields of
/// ``LogMessage``; its structured values are in the object `fields`. An index template for `index`, or for `index-*`
/// with `daily`, contains the mapping.
///
/// While the servers can't be reached, the newest `options.max_cache_size` messages are kept. Dropped messages are
/// counted, and a message reports their number when sending succeeds again. A message that a server rejects, for
/// example because a field does not match the mapping, is reported to standard error and dropped. A message keeps its
/// id across retries, so it is not stored twice.
///
/// Safe to use from any task.
public final class ElasticSearchLogger: Logger, Component, Openable {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "The least severe level that is written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "The source of messages; the service's name by default")
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

    /// The minimum level of messages to send; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// The source of messages: the setting `source`, or the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Buffers a message if the level permits. Never waits and never fails.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            sender.record(
                LogMessage(
                    time: clock.now, level: level, source: source, traceId: context.traceId, message: message,
                    error: error, fields: fields)))
    }

    /// Sends the buffered messages and waits for the result (the toolkit's `dump`). If it fails, messages are kept, up
    /// to the limit.
    public func dump() async { await buffer.flush() }

    /// Drops the buffered messages.
    public func clear() { buffer.clear() }

    /// The number of buffered messages.
    public var count: Int { buffer.count }

    /// True while the logger is open.
    public var isOpen: Bool { isReady.current }

    /// Resolves the servers. They need not be reachable yet.
    /// - Throws: errors of ``HTTPConnectionResolver/resolveEach(_:)``, such as Misconfiguration `NO_CONNECTION`;
    ///   Misconfiguration `BAD_URI`.
    public func open(_ context: Context) async throws {
        try await sender.open(context)
        isReady.withLock { $0 = true }
    }

    /// Sends the buffered messages, within three times `options.save_timeout`.
    public func close(_ context: Context) async throws {
        guard isOpen else { return }
        isReady.withLock { $0 = false }
        try await buffer.close(context)
        sender.close()
    }
}

extension ElasticSearchLogger: SettledLogger {}
