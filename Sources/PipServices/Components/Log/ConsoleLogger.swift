import FoundationEssentials
import Glibc

/// Writes log messages to the console (the toolkit's `ConsoleLogger`): what is worse than `info` to standard error, the
/// rest to standard output, as `[trace id:LEVEL:time] message: error`, or as lines of JSON (see ``LogMessage``).
public final class ConsoleLogger: Logger, Component {
    private let levelSetting = Setting(
        "level", default: LogLevel.info, reloadable: true, "Messages less important than this are not written")
    private let source = Setting<String?>(
        "source", default: nil, "Where messages come from; by default text says nothing, and JSON the service's name")
    private let format = Setting(
        "format", default: LogFormat.text, reloadable: true, "Whether lines are for people or JSON for machines")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let clock = ClockSlot()
    private let output: @Sendable (_ line: String, _ isError: Bool) -> Void

    /// Creates a logger that writes to the console.
    public convenience init() { self.init { ConsoleLogger.write($0, to: $1 ? STDERR_FILENO : STDOUT_FILENO) } }

    /// Creates a logger that gives its lines away: for tests.
    init(output: @escaping @Sendable (_ line: String, _ isError: Bool) -> Void) {
        self.output = output
    }

    /// Messages that are less important than this are not written; `info` by default.
    public var level: LogLevel { levelSetting() }

    /// Writes a message, if the level calls for it.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level) else { return }
        let line =
            switch format() {
            case .text: text(level, context, error, message, fields)
            case .json:
                JSONConverter.toJSON(
                    LogMessage(
                        time: clock.now, level: level, source: source() ?? info()?.name, traceId: context.traceId,
                        message: message, error: error, fields: fields
                    ).value)
            }
        output(line + "\n", level <= .warn)
    }

    // MARK: - Internal

    private func text(
        _ level: LogLevel, _ context: Context, _ error: (any Error)?, _ message: String, _ fields: AnyValueMap
    ) -> String {
        let traceId = context.traceId.map(Self.oneLine) ?? "---"
        var line = "[\(traceId):\(level):\(ISODate.format(clock.now))] "
        if let source = source() { line += "\(source): " }
        line += Self.printable(message)
        if let error { line += ": " + Self.printable(Self.describe(error)) }
        for (name, value) in fields { line += " \(name)=\(Self.oneLine(value.description))" }
        return line
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? ApplicationError else { return String(describing: error) }
        var text = error.message
        if let cause = error.cause { text += " Caused by: \(cause)" }
        if let stackTrace = error.stackTrace { text += " Stack trace: \(stackTrace)" }
        return text
    }

    /// Keeps a peer from writing log lines of its own, or commands for the terminal.
    private static func oneLine(_ text: String) -> String { clean(text, keepingLines: false) }
    private static func printable(_ text: String) -> String { clean(text, keepingLines: true) }

    private static func clean(_ text: String, keepingLines: Bool) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
        var clean = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where keepingLines: clean += "\n    "
            case "\t": clean += " "
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: clean += "?"
            default: clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }

    /// One call per line, so that lines of several threads do not mix.
    private static func write(_ line: String, to descriptor: Int32) {
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
        }
    }
}
