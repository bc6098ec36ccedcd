/// Generates random Booleans (the toolkit's `RandomBoolean`).
public enum RandomBoolean {
    /// Returns true with the probability `chances / maxChances`: `chance(1, 6)` is one number of a die.
    ///
    /// Negative numbers count as 0. Always false if `chances` is 0, and always true if it is `maxChances` or more.
    public static func chance(
        _ chances: Double, _ maxChances: Double, random: any RandomSource = SystemRandom()
    ) -> Bool {
        guard chances > 0 else { return false }
        guard chances < maxChances else { return true }
        return random.nextFraction() < chances / maxChances
    }

    /// Returns true or false with equal probability.
    public static func nextBoolean(random: any RandomSource = SystemRandom()) -> Bool { random.next() >> 63 == 1 }
}

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
