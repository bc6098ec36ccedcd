/// Generates random `Float` values (the toolkit's `RandomFloat`).
public enum RandomFloat {
    /// Returns a number from `min` up to but excluding `max`; `min` if the range is empty or a bound is not finite.
    public static func nextFloat(
        _ min: Float, _ max: Float, random: any RandomSource = SystemRandom()
    ) -> Float {
        guard min < max else { return min }
        // Rounding to single precision can reach the upper bound.
        return Swift.min(Float(random.nextDouble(Double(min), Double(max))), max.nextDown)
    }

    /// Returns a number from 0 up to but excluding `max`; `max` if it is not positive.
    public static func nextFloat(_ max: Float, random: any RandomSource = SystemRandom()) -> Float {
        max > 0 ? nextFloat(0, max, random: random) : max
    }

    /// Returns a number near another one.
    ///
    /// - Parameter range: the maximum distance in either direction; nil and 0 mean a tenth of the value. A negative
    ///   range returns the value unchanged.
    public static func updateFloat(
        _ value: Float, range: Float? = nil, random: any RandomSource = SystemRandom()
    ) -> Float {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? value.magnitude / 10
        guard range > 0 else { return value }
        return nextFloat(value - range, value + range, random: random)
    }
}
