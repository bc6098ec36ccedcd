/// The bound of trace ids that come from outside.
enum TraceIds {
    /// The most code points of a trace id. The rest of a longer one is cut off.
    static let maxLength = 128

    /// The trace id, or its first ``maxLength`` code points.
    static func bounded(_ traceId: String) -> String {
        // No code point has less than one byte.
        guard traceId.utf8.count > maxLength else { return traceId }
        return String(String.UnicodeScalarView(traceId.unicodeScalars.prefix(maxLength)))
    }
}
