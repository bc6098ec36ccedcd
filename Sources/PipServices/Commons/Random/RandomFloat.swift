/// Makes random numbers with a fraction, of single precision (the toolkit's `RandomFloat`).
public enum RandomFloat {
    /// A number of `min` and more, below `max`; `min` when `max` is not above it, or a bound is not finite.
    public static func nextFloat(
        _ min: Float, _ max: Float, random: any RandomSource = SystemRandom()
    ) -> Float {
        guard min < max else { return min }
        // Rounding to single precision can reach the upper bound.
        return Swift.min(Float(random.nextDouble(Double(min), Double(max))), max.nextDown)
    }

    /// A number of 0 and more, below `max`; `max` when that is not above 0.
    public static func nextFloat(_ max: Float, random: any RandomSource = SystemRandom()) -> Float {
        max > 0 ? nextFloat(0, max, random: random) : max
    }

    /// A number near another one.
    ///
    /// - Parameter range: how far it may lie off, either way; nil and 0 mean a tenth of the value. A negative one leaves
    ///   the value as it is.
    public static func updateFloat(
        _ value: Float, range: Float? = nil, random: any RandomSource = SystemRandom()
    ) -> Float {
        let range = range.flatMap { $0 == 0 ? nil : $0 } ?? value.magnitude / 10
        guard range > 0 else { return value }
        return nextFloat(value - range, value + range, random: random)
    }
}
