/// The verbosity of a logger and the importance of a message (the toolkit's `LogLevel`).
public enum LogLevel: Int, Sendable, CaseIterable, Comparable {
    /// No messages.
    case none
    /// The service can't continue.
    case fatal
    /// An operation failed.
    case error
    /// A possible problem.
    case warn
    /// An important event.
    case info
    /// Details for debugging.
    case debug
    /// All details.
    case trace

    /// Compares importance: `fatal` is less than `trace`.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

extension LogLevel: SettingValue, CustomStringConvertible {
    /// The expected form, for messages.
    public static var expectation: String { "one of none, fatal, error, warn, info, debug, trace, or 0 to 6" }
    /// Parses a name or a number, as ``LogLevelConverter`` does; nil for any other string.
    public init?(settingText: String) {
        guard let level = LogLevelConverter.parse(settingText.trimmed) else { return nil }
        self = level
    }
    /// The name in lower case.
    public var settingText: String { self == .none ? "none" : description.asciiLowercased }
    /// The name in upper case, as in log lines.
    public var description: String { LogLevelConverter.toString(self) }
}
