/// Generates random `Int` values (the toolkit's `RandomInteger`).
///
/// All generators accept a random source for tests. The default is the system's.
public enum RandomInteger {
    /// Returns a number from `min` up to but excluding `max`; `min` if the range is empty.
    public static func nextInteger(
        _ min: Int, _ max: Int, random: any RandomSource = SystemRandom()
    ) -> Int {
        guard min < max else { return min }
        return random.next(in: min..<max)
    }

    /// Returns a number from 0 up to but excluding `max`; `max` if it is not positive.
    public static func nextInteger(_ max: Int, random: any RandomSource = SystemRandom()) -> Int {
        max > 0 ? nextInteger(0, max, random: random) : max
    }

    /// Returns a number near another one.
    ///
    /// - Parameter range: the maximum distance in either direction; nil and 0 mean a tenth of the value. A negative
    ///   range returns the value unchanged.
    public static func updateInteger(
        _ value: Int, range: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> Int {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? Int(clamping: value.magnitude / 10)
        guard range > 0 else { return value }
        let (low, isBelow) = value.subtractingReportingOverflow(range)
        let (high, isAbove) = value.addingReportingOverflow(range)
        return nextInteger(isBelow ? .min : low, isAbove ? .max : high, random: random)
    }

    /// Returns the numbers from 0 up. Their count is random, from `min` up to but excluding `max`; exactly `min`
    /// without `max`.
    public static func sequence(
        _ min: Int, _ max: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> Range<Int> {
        let count = nextInteger(min, max ?? min, random: random)
        return 0..<Swift.max(0, count)
    }
}
