extension RandomSource {
    /// Returns a random number from 0 up to but excluding 1.
    func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Returns a random number from `min` up to but excluding `max`; `min` if the range is empty or a bound is not
    /// finite.
    func nextDouble(_ min: Double, _ max: Double) -> Double {
        guard min.isFinite, max.isFinite, min < max else { return min }
        // Interpolated instead of scaled, because `max - min` can overflow.
        let fraction = nextFraction()
        let value = min * (1 - fraction) + max * fraction
        return Swift.min(Swift.max(value, min), max.nextDown)
    }
}
