/// Limits the length of trace ids from outside.
enum TraceIds {
    /// The maximum length of a trace id in code points. Longer ones are truncated.
    static let maxLength = 128

    /// Returns the first ``maxLength`` code points of a trace id.
    static func bounded(_ traceId: String) -> String {
        // Each code point has at least one byte.
        guard traceId.utf8.count > maxLength else { return traceId }
        return String(String.UnicodeScalarView(traceId.unicodeScalars.prefix(maxLength)))
    }
}
