/// Makes random whole numbers (the toolkit's `RandomLong`).
///
/// All generators take a source of random numbers, for tests; by default it is the system's.
public enum RandomLong {
    /// A number of `min` and more, below `max`; `min` when `max` is not above it.
    public static func nextLong(
        _ min: Int64, _ max: Int64, random: any RandomSource = SystemRandom()
    ) -> Int64 {
        guard min < max else { return min }
        return Int64(random.next(in: Int(min)..<Int(max)))
    }

    /// A number of 0 and more, below `max`; `max` when that is not above 0.
    public static func nextLong(_ max: Int64, random: any RandomSource = SystemRandom()) -> Int64 {
        max > 0 ? nextLong(0, max, random: random) : max
    }

    /// A number near another one.
    ///
    /// - Parameter range: how far it may lie off, either way; nil and 0 mean a tenth of the value. A negative one leaves
    ///   the value as it is.
    public static func updateLong(
        _ value: Int64, range: Int64? = nil, random: any RandomSource = SystemRandom()
    ) -> Int64 {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? Int64(clamping: value.magnitude / 10)
        guard range > 0 else { return value }
        let (low, isBelow) = value.subtractingReportingOverflow(range)
        let (high, isAbove) = value.addingReportingOverflow(range)
        return nextLong(isBelow ? .min : low, isAbove ? .max : high, random: random)
    }
}
