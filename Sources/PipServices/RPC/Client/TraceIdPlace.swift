/// Where a client sends the trace id of a call.
public enum TraceIdPlace: String, Sendable, CaseIterable, SettingValue {
    /// In the query, as `trace_id`.
    case query
    /// In the header field `trace_id`.
    case headers
    /// In both.
    case both
}
