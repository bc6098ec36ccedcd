import FoundationEssentials

/// The expiration value of the memcached protocol.
///
/// The server counts in whole seconds and reads its clock once per second: a value with a time to live of 1 s can expire
/// almost at once. The time is therefore rounded up, and one second is added.
enum MemcachedExpiry {
    /// A date in the past: a value stored with it expires at once. It is the smallest number that the server treats as
    /// a date.
    static let past = longestSpan + 1
    /// 30 days. Larger numbers are dates.
    static let longestSpan = 2_592_000

    /// The expiration value for a time to live; 0 for no expiration.
    ///
    /// - Parameters:
    ///   - span: the longest time that is sent as a number of seconds. Longer times are sent as dates by the local
    ///     clock.
    static func number(_ ttl: Duration?, now: Date, span: Int = longestSpan) -> Int {
        guard let ttl else { return 0 }
        guard ttl > .zero else { return past }
        let (seconds, fraction) = ttl.components
        guard seconds < Int64(Int32.max) else { return 0 }
        let rounded = Int(seconds) + (fraction > 0 ? 2 : 1)
        if rounded <= min(max(span, 0), longestSpan) { return rounded }
        // With a wrong clock, values must neither live forever nor expire at once.
        let present = now.timeIntervalSince1970
        guard present > Double(longestSpan), present < Double(Int32.max) else { return min(rounded, longestSpan) }
        let date = Int(present) + rounded
        // The server reads 32 bits: values that would expire after 2038 never do.
        return date <= Int(Int32.max) ? date : 0
    }
}
