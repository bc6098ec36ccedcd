/// How the console logger writes messages: the values of its setting `format`.
public enum LogFormat: String, Sendable, CaseIterable, SettingValue {
    /// A line for people: `[trace id:LEVEL:time] message: error`.
    case text
    /// A line of JSON for machines, see ``LogMessage``.
    case json
    /// A line of JSON with the fields that Google Cloud Logging knows: `severity`, `message`, `time`, and where a span is
    /// active `logging.googleapis.com/trace` and `logging.googleapis.com/spanId`.
    case google
}
