import FoundationEssentials

/// The number by which memcached is told when a value expires.
///
/// The server counts in whole seconds and looks at its clock once in a second: a value that is to live 1 s can be gone
/// after a moment. So that none ends too early, a time is rounded up and a second added.
enum MemcachedExpiry {
    /// A date in the past, as the server sees it: what is stored with it is gone at once. The first number that is not
    /// taken for a span.
    static let past = longestSpan + 1
    /// 30 days. Greater numbers are dates.
    static let longestSpan = 2_592_000

    /// The number for a time to live; 0 for ever.
    ///
    /// - Parameters:
    ///   - span: the longest time that is told as a span of seconds; longer ones are told as a date by the clock here.
    static func number(_ ttl: Duration?, now: Date, span: Int = longestSpan) -> Int {
        guard let ttl else { return 0 }
        guard ttl > .zero else { return past }
        let (seconds, fraction) = ttl.components
        guard seconds < Int64(Int32.max) else { return 0 }
        let rounded = Int(seconds) + (fraction > 0 ? 2 : 1)
        if rounded <= min(max(span, 0), longestSpan) { return rounded }
        // A clock that is set to nonsense must not make the values of a cache live for ever, nor end at once.
        let present = now.timeIntervalSince1970
        guard present > Double(longestSpan), present < Double(Int32.max) else { return min(rounded, longestSpan) }
        let date = Int(present) + rounded
        // The server reads 32 bits: what would expire after 2038 never does.
        return date <= Int(Int32.max) ? date : 0
    }
}
