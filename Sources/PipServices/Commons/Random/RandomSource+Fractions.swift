extension RandomSource {
    /// A random number of 0 and more, below 1.
    func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A random number of `min` and more, below `max`; `min` when there is none between, or a bound is not finite.
    func nextDouble(_ min: Double, _ max: Double) -> Double {
        guard min.isFinite, max.isFinite, min < max else { return min }
        // Weighed rather than scaled: the distance of two numbers can be more than a number can hold.
        let fraction = nextFraction()
        let value = min * (1 - fraction) + max * fraction
        return Swift.min(Swift.max(value, min), max.nextDown)
    }
}
