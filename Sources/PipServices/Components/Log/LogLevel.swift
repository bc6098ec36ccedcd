/// How much a logger writes, and how important a message is (the toolkit's `LogLevel`).
public enum LogLevel: Int, Sendable, CaseIterable, Comparable {
    /// Nothing is written.
    case none
    /// The service can't go on.
    case fatal
    /// An operation failed.
    case error
    /// Something looks wrong.
    case warn
    /// Something worth knowing happened.
    case info
    /// For finding mistakes.
    case debug
    /// Everything.
    case trace

    /// Compares importance: `fatal` is less than `trace`.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

extension LogLevel: SettingValue, CustomStringConvertible {
    /// For messages.
    public static var expectation: String { "one of none, fatal, error, warn, info, debug, trace, or 0 to 6" }
    /// Reads a name or a number, as ``LogLevelConverter`` does; nil for any other text.
    public init?(settingText: String) {
        guard let level = LogLevelConverter.parse(settingText.trimmed) else { return nil }
        self = level
    }
    /// The name in lower case.
    public var settingText: String { self == .none ? "none" : description.asciiLowercased }
    /// The name in capitals, as log lines show it.
    public var description: String { LogLevelConverter.toString(self) }
}
