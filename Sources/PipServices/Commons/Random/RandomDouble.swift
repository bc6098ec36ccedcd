/// Makes random numbers with a fraction (the toolkit's `RandomDouble`).
public enum RandomDouble {
    /// A number of `min` and more, below `max`; `min` when `max` is not above it, or a bound is not finite.
    public static func nextDouble(
        _ min: Double, _ max: Double, random: any RandomSource = SystemRandom()
    ) -> Double {
        random.nextDouble(min, max)
    }

    /// A number of 0 and more, below `max`; `max` when that is not above 0.
    public static func nextDouble(_ max: Double, random: any RandomSource = SystemRandom()) -> Double {
        max > 0 ? nextDouble(0, max, random: random) : max
    }

    /// A number near another one.
    ///
    /// - Parameter range: how far it may lie off, either way; nil and 0 mean a tenth of the value. A negative one leaves
    ///   the value as it is.
    public static func updateDouble(
        _ value: Double, range: Double? = nil, random: any RandomSource = SystemRandom()
    ) -> Double {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? value.magnitude / 10
        guard range > 0 else { return value }
        return nextDouble(value - range, value + range, random: random)
    }
}
