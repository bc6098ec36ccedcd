extension Duration {
    /// The duration in milliseconds, with a fraction.
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1_000_000_000_000_000
    }

    /// The duration in milliseconds, rounded towards zero and clamped to the range of `Int64`.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLarge else { return seconds < 0 ? .min : .max }
        let (sum, overflows) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflows ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in nanoseconds, rounded towards zero and clamped to the range of `Int64`.
    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLarge else { return seconds < 0 ? .min : .max }
        let (sum, overflows) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflows ? (seconds < 0 ? .min : .max) : sum
    }

    /// A value of a clock's `uptime` that is never reached.
    static var never: Duration { .seconds(Int64.max) }

    /// Returns the time at which a `timeout` that starts at this time ends. ``never`` for more than a hundred years,
    /// which also prevents overflow.
    func adding(timeout: Duration) -> Duration { timeout < .seconds(3_200_000_000) ? self + timeout : .never }

    /// A setting as a time limit: zero and negative values mean no limit, represented by a century.
    var asLimit: Duration { self > .zero ? asSleep : .seconds(3_200_000_000) }

    /// The duration clamped to what clocks can sleep for: one century.
    var asSleep: Duration { min(self, .seconds(3_200_000_000)) }
}
