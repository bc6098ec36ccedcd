import FoundationEssentials

/// Writes log messages to the console (the toolkit's `ConsoleLogger`). Levels `fatal`, `error` and `warn` go to
/// standard error, the others to standard output. The format is `[trace id:LEVEL:time] message: error`, or JSON lines
/// (see ``LogMessage`` and ``LogFormat``).
///
/// Logging never blocks: a thread writes whole lines in order. Up to 4 MiB of lines are buffered for a slow console.
/// Further lines are dropped, and a later line reports how many. A process that ends by `exit`, or by returning from
/// `main`, waits at most one second for its last lines.
///
/// Control characters are escaped, also in names, so that a peer can't forge lines. Trace ids are truncated to 128 code
/// points. JSON lines have the field `span_id` if a span is active.
public final class ConsoleLogger: Logger, Component {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "The least severe level that is written")
    private let source = Setting<String?>(
        "source", default: nil,
        "The source of messages; by default none in the format text, and the service's name in JSON")
    private let format = Setting(
        "format", aliases: ["options.format"], default: LogFormat.text, reloadable: true,
        "The format of lines: text for human readers, json for machines, or google for Google Cloud Logging")
    private let project = Setting<String?>(
        "options.project_id", default: nil,
        "With the format google: the Google Cloud project that stores the traces, such as {{GOOGLE_CLOUD_PROJECT}}")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock = ClockSlot()
    private let output: @Sendable (_ line: String, _ isError: Bool, _ format: LogFormat) -> Void

    /// Creates a logger that writes to the console.
    public init() {
        ConsoleOutput.flushAtExit()
        output = { line, isError, format in
            (isError ? ConsoleOutput.standardError : ConsoleOutput.standardOutput).write(line, format: format)
        }
    }

    /// Creates a logger that passes its lines to a closure, for tests.
    init(output: @escaping @Sendable (_ line: String, _ isError: Bool) -> Void) {
        self.output = { line, isError, _ in output(line, isError) }
    }

    /// The level, `info` by default. Less important messages are not written.
    public var level: LogLevel { levelSetting() }

    /// Writes a message if the level permits it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level) else { return }
        let format = format()
        let traceId = context.traceId.map(TraceIds.bounded)
        let line =
            switch format {
            case .text: text(level, traceId, error, message, fields)
            case .json:
                Self.json(
                    LogMessage(
                        time: clock.now, level: level, source: source() ?? info()?.name, traceId: traceId,
                        message: message, error: error, fields: Self.withSpan(fields, context)))
            case .google:
                Self.google(
                    LogMessage(
                        time: clock.now, level: level, source: source() ?? info()?.name, traceId: traceId,
                        message: message, error: error, fields: fields), Self.span(context), project())
            }
        output(line + "\n", level <= .warn, format)
    }

    // MARK: - Internal

    /// Returns the line that reports lost lines.
    static func lossReport(_ count: Int, format: LogFormat) -> String {
        let message = "\(count) log lines were lost because the console did not accept them"
        let now = SystemClock().now
        switch format {
        case .text: return "\(head(.warn, nil, now))\(message)\n"
        case .json:
            let fields: AnyValueMap = ["lost": .integer(Int64(count))]
            return json(LogMessage(time: now, level: .warn, message: message, fields: fields)) + "\n"
        case .google:
            let entry = LogMessage(time: now, level: .warn, message: message, fields: ["lost": .integer(Int64(count))])
            return google(entry, nil, nil) + "\n"
        }
    }

    private static func json(_ message: LogMessage) -> String {
        // JSON itself escapes only C0 control characters.
        LogText.escape(JSONConverter.toJSON(message.value))
    }

    private static func google(_ message: LogMessage, _ span: TraceParent?, _ project: String?) -> String {
        LogText.escape(JSONConverter.toJSON(GoogleLogEntry(message: message, span: span, project: project).value))
    }

    /// Returns the active span.
    private static func span(_ context: Context) -> TraceParent? {
        let (own, current) = (context.traceParent, Context.current?.traceParent)
        // Code inside a span often logs with the context of the enclosing operation.
        return own == nil || own?.trace == current?.trace ? current ?? own : own
    }

    /// Adds the active span, unless the message has a field of that name.
    private static func withSpan(_ fields: AnyValueMap, _ context: Context) -> AnyValueMap {
        guard let span = span(context) else { return fields }
        var fields = fields
        if fields["span_id"] == nil { fields["span_id"] = .string(span.parentId) }
        return fields
    }

    private static func head(_ level: LogLevel, _ traceId: String?, _ time: Date) -> String {
        "[\(traceId.map { LogText.escape($0) } ?? "---"):\(level):\(ISODate.format(time))] "
    }

    private func text(
        _ level: LogLevel, _ traceId: String?, _ error: (any Error)?, _ message: String, _ fields: AnyValueMap
    ) -> String {
        var line = Self.head(level, traceId, clock.now)
        if let source = source() { line += "\(LogText.escape(source)): " }
        line += LogText.escape(message, keepingLayout: true)
        if let error { line += ": " + LogText.escape(Self.describe(error), keepingLayout: true) }
        for (name, value) in fields { line += " \(LogText.escape(name))=\(LogText.escape(value.description))" }
        return line
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? ApplicationError else { return String(describing: error) }
        var text = error.message
        if let cause = error.cause { text += " Caused by: \(cause)" }
        if let stackTrace = error.stackTrace { text += " Stack trace: \(stackTrace)" }
        return text
    }
}

extension ConsoleLogger: SettledLogger {}
