/// The output format of the console logger: the values of its setting `format`.
public enum LogFormat: String, Sendable, CaseIterable, SettingValue {
    /// Readable text: `[trace id:LEVEL:time] message: error`.
    case text
    /// JSON lines, see ``LogMessage``.
    case json
    /// JSON lines for Google Cloud Logging: `severity`, `message`, `time`, and with an active span
    /// `logging.googleapis.com/trace` and `logging.googleapis.com/spanId`.
    case google
}
