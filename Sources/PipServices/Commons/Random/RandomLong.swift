/// Generates random `Int64` values (the toolkit's `RandomLong`).
///
/// All generators accept a random source for tests. The default is the system's.
public enum RandomLong {
    /// Returns a number from `min` up to but excluding `max`; `min` if the range is empty.
    public static func nextLong(
        _ min: Int64, _ max: Int64, random: any RandomSource = SystemRandom()
    ) -> Int64 {
        guard min < max else { return min }
        return Int64(random.next(in: Int(min)..<Int(max)))
    }

    /// Returns a number from 0 up to but excluding `max`; `max` if it is not positive.
    public static func nextLong(_ max: Int64, random: any RandomSource = SystemRandom()) -> Int64 {
        max > 0 ? nextLong(0, max, random: random) : max
    }

    /// Returns a number near another one.
    ///
    /// - Parameter range: the maximum distance in either direction; nil and 0 mean a tenth of the value. A negative
    ///   range returns the value unchanged.
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
