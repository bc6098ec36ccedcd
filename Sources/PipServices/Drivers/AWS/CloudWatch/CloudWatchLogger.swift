#if PIP_AWS
import FoundationEssentials

/// Writes log messages to Amazon CloudWatch Logs (the toolkit's `CloudWatchLogger`).
///
/// Messages are written to the log stream `stream`, by default the service's name, in the log group `group`, by default
/// the service's context id. Missing groups and streams are created. Messages are buffered as described in
/// ``CachedBuffer`` and sent in chronological order. A message has the form `[<source>:<trace id>:<level>] <text>:
/// <error> StackTrace: <stack>`, with `---` for missing parts.
///
/// While CloudWatch can't be reached, the newest `options.max_cache_size` messages are kept. A message that CloudWatch
/// rejects, for example because it is older than the retention time of the group, is reported to standard error and
/// dropped.
///
/// Safe to use from any task.
public final class CloudWatchLogger: Logger, Component, Openable, Checkable {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "The least severe level that is written")
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "The source of messages; the service's name by default")
    private let groupSetting = Setting<String?>(
        "group", default: nil, "The log group; by default the context id of the service")
    private let streamSetting = Setting<String?>(
        "stream", default: nil, "The log stream; by default the name of the service")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock: ClockSlot
    private let client: AWSClient
    private let buffer: CachedBuffer<LogMessage>
    private let sender: CloudWatchLogSender

    /// Creates the logger.
    public init() {
        let clock = ClockSlot()
        let client = AWSClient(.logs, timeout: .seconds(30), connectTimeout: .seconds(30))
        let sender = CloudWatchLogSender(client)
        (self.clock, self.client, self.sender) = (clock, client, sender)
        buffer = CachedBuffer(
            save: { try await sender.send($0) },
            note: { count in
                LogMessage(
                    time: clock.now, level: .warn,
                    message: "\(count) log messages were dropped while they could not be saved",
                    fields: ["dropped": .integer(Int64(count))])
            },
            report: { ConsoleLogger().error(.empty, error: $0, "Failed to save log messages to CloudWatch") })
    }

    /// The least severe level that is written; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// The source of messages: the setting `source`, otherwise the service's name.
    public var source: String? { sourceSetting() ?? info()?.name }

    /// Buffers a message if its level is enabled. Never waits and never fails.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level), !CachedSink.isSaving else { return }
        buffer.add(
            LogMessage(
                time: clock.now, level: level, source: source, traceId: context.traceId, message: message, error: error,
                fields: fields))
    }

    /// Sends the buffered messages and waits for the result (the toolkit's `dump`). After a failure, messages are kept
    /// up to `options.max_cache_size`.
    public func dump() async { await buffer.flush() }

    /// Drops the buffered messages.
    public func clear() { buffer.clear() }

    /// The number of buffered messages.
    public var count: Int { buffer.count }

    /// True while the logger is open.
    public var isOpen: Bool { client.isOpen }

    /// Resolves the region and the credentials. Group and stream are created with the first messages.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``; Misconfiguration `BAD_GROUP` or `BAD_STREAM`.
    public func open(_ context: Context) async throws {
        let (group, stream) = try names(context)
        sender.prepare(group: group, stream: stream)
        try await client.open(context)
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        _ = try names(context)
        try await client.checkConfiguration(context)
    }

    /// Sends the buffered messages, within three times `options.save_timeout`.
    public func close(_ context: Context) async throws {
        guard isOpen else { return }
        try await buffer.close(context)
        client.close()
    }

    // MARK: - Internal

    private func names(_ context: Context) throws(ApplicationError) -> (group: String, stream: String) {
        let group = groupSetting() ?? info()?.contextId ?? "default"
        let stream = streamSetting() ?? info()?.name ?? "default"
        let isGroup = group.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "/"), UInt8(ascii: "#"):
                true
            default: false
            }
        }
        guard isGroup, (1...512).contains(group.utf8.count) else {
            throw .config(
                code: "BAD_GROUP", key: "group",
                "'group' is '\(group.shortened)'; expected at most 512 letters, digits and . - _ / #",
                traceId: context.traceId)
        }
        guard !stream.contains(scalar: ":"), !stream.contains(scalar: "*"), (1...512).contains(stream.utf8.count) else {
            throw .config(
                code: "BAD_STREAM", key: "stream",
                "'stream' is '\(stream.shortened)'; expected at most 512 bytes without : and *",
                traceId: context.traceId)
        }
        return (group, stream)
    }
}

extension CloudWatchLogger: SettledLogger {}
#endif
