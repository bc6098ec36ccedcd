/// Makes random whole numbers (the toolkit's `RandomInteger`).
///
/// All generators take a source of random numbers, for tests; by default it is the system's.
public enum RandomInteger {
    /// A number of `min` and more, below `max`; `min` when `max` is not above it.
    public static func nextInteger(
        _ min: Int, _ max: Int, random: any RandomSource = SystemRandom()
    ) -> Int {
        guard min < max else { return min }
        return random.next(in: min..<max)
    }

    /// A number of 0 and more, below `max`; `max` when that is not above 0.
    public static func nextInteger(_ max: Int, random: any RandomSource = SystemRandom()) -> Int {
        max > 0 ? nextInteger(0, max, random: random) : max
    }

    /// A number near another one.
    ///
    /// - Parameter range: how far it may lie off, either way; nil and 0 mean a tenth of the value. A negative one leaves
    ///   the value as it is.
    public static func updateInteger(
        _ value: Int, range: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> Int {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? Int(clamping: value.magnitude / 10)
        guard range > 0 else { return value }
        let (low, isBelow) = value.subtractingReportingOverflow(range)
        let (high, isAbove) = value.addingReportingOverflow(range)
        return nextInteger(isBelow ? .min : low, isAbove ? .max : high, random: random)
    }

    /// The numbers from 0 on, so many as a random number of `min` and more, below `max`, says; without `max`, of `min`.
    public static func sequence(
        _ min: Int, _ max: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> Range<Int> {
        let count = nextInteger(min, max ?? min, random: random)
        return 0..<Swift.max(0, count)
    }
}
