/// Generates random `Double` values (the toolkit's `RandomDouble`).
public enum RandomDouble {
    /// Returns a number from `min` up to but excluding `max`; `min` if the range is empty or a bound is not finite.
    public static func nextDouble(
        _ min: Double, _ max: Double, random: any RandomSource = SystemRandom()
    ) -> Double {
        random.nextDouble(min, max)
    }

    /// Returns a number from 0 up to but excluding `max`; `max` if it is not positive.
    public static func nextDouble(_ max: Double, random: any RandomSource = SystemRandom()) -> Double {
        max > 0 ? nextDouble(0, max, random: random) : max
    }

    /// Returns a number near another one.
    ///
    /// - Parameter range: the maximum distance in either direction; nil and 0 mean a tenth of the value. A negative
    ///   range returns the value unchanged.
    public static func updateDouble(
        _ value: Double, range: Double? = nil, random: any RandomSource = SystemRandom()
    ) -> Double {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? value.magnitude / 10
        guard range > 0 else { return value }
        return nextDouble(value - range, value + range, random: random)
    }
}
