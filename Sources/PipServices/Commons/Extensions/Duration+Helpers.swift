extension Duration {
    /// The length in milliseconds, with a fraction.
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1_000_000_000_000_000
    }

    /// The length in milliseconds, rounded towards zero and clamped to the range of `Int64`.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLarge else { return seconds < 0 ? .min : .max }
        let (sum, overflows) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflows ? (seconds < 0 ? .min : .max) : sum
    }

    /// The length in nanoseconds, rounded towards zero and clamped to the range of `Int64`.
    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLarge else { return seconds < 0 ? .min : .max }
        let (sum, overflows) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflows ? (seconds < 0 ? .min : .max) : sum
    }

    /// A point on a clock's `uptime` that is never reached.
    static var never: Duration { .seconds(Int64.max) }

    /// The point in time at which `timeout` ends if it begins at this one. ``never`` for more than a hundred years, which
    /// also keeps sums within range.
    func adding(timeout: Duration) -> Duration { timeout < .seconds(3_200_000_000) ? self + timeout : .never }

    /// A setting as a time limit: zero and less mean no limit, which is a century.
    var asLimit: Duration { self > .zero ? asSleep : .seconds(3_200_000_000) }

    /// The length clamped to what clocks can sleep for: one century.
    var asSleep: Duration { min(self, .seconds(3_200_000_000)) }
}
