/// An exposition format of Prometheus.
enum MetricFormat: Sendable, CaseIterable {
    /// The text format 0.0.4.
    case text
    /// OpenMetrics 1.0, with exemplars.
    case openMetrics

    /// The value of `Content-Type`.
    var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Selects the format preferred by the header field `Accept` (RFC 9110, section 12.5.1): OpenMetrics if it is named
    /// with at least the weight of the text format; otherwise the text format.
    init(accept: String?) {
        var (openMetrics, text) = (0.0, 0.0)
        for range in (accept ?? "").parts(separatedBy: ",") {
            let parts = range.parts(separatedBy: ";").map { $0.trimmed.asciiLowercased }
            var weight = 1.0
            var isRightVersion = true
            for parameter in parts.dropFirst() {
                guard let (name, value) = parameter.divided(atFirst: "=") else { continue }
                switch name.trimmed {
                case "q": weight = Double(value.trimmed) ?? 0
                case "version": isRightVersion = ["1.0.0", "\"1.0.0\""].contains(sameAs: value.trimmed)
                default: break
                }
            }
            switch parts.first ?? "" {
            case "application/openmetrics-text": if isRightVersion { openMetrics = max(openMetrics, weight) }
            case "text/plain", "text/*", "*/*": text = max(text, weight)
            default: break
            }
        }
        self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
    }

    /// Formats a number for both formats.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }
}
