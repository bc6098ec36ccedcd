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
