/// Converts log levels (the toolkit's `LogLevelConverter`).
public enum LogLevelConverter {
    /// Converts a number from 0 to 6 or a case-insensitive name; `info` for no value, `default` for anything else.
    public static func toLogLevel(_ value: AnyValue, default: LogLevel = .info) -> LogLevel {
        guard let text = StringConverter.toNullableString(value) else { return .info }
        return parse(text) ?? `default`
    }

    /// Returns the name in upper case; `UNDEF` for `none`.
    public static func toString(_ level: LogLevel) -> String {
        switch level {
        case .none: "UNDEF"
        case .fatal: "FATAL"
        case .error: "ERROR"
        case .warn: "WARN"
        case .info: "INFO"
        case .debug: "DEBUG"
        case .trace: "TRACE"
        }
    }

    /// Returns the number of a level, from 0 for `none` to 6 for `trace`.
    public static func toInteger(_ level: LogLevel) -> Int { level.rawValue }

    // MARK: - Internal

    static func parse(_ text: String) -> LogLevel? {
        switch text.asciiUppercased {
        case "0", "NOTHING", "NONE": LogLevel.none
        case "1", "FATAL": .fatal
        case "2", "ERROR": .error
        case "3", "WARN", "WARNING": .warn
        case "4", "INFO": .info
        case "5", "DEBUG": .debug
        case "6", "TRACE": .trace
        default: nil
        }
    }
}
