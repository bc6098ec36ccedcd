/// Makes random truth values (the toolkit's `RandomBoolean`).
public enum RandomBoolean {
    /// True so often as `chances` of `maxChances` say: `chance(1, 6)` throws a die for one number.
    ///
    /// Negative numbers count as 0. It is always false for 0 chances, and true for as many as there are.
    public static func chance(
        _ chances: Double, _ maxChances: Double, random: any RandomSource = SystemRandom()
    ) -> Bool {
        guard chances > 0 else { return false }
        guard chances < maxChances else { return true }
        return random.nextFraction() < chances / maxChances
    }

    /// True as often as false.
    public static func nextBoolean(random: any RandomSource = SystemRandom()) -> Bool { random.next() >> 63 == 1 }
}
