/// Generates random strings (the toolkit's `RandomString`).
public enum RandomString {
    /// Returns a random character of a string; nil if it is empty.
    public static func pickChar(_ text: String, random: any RandomSource = SystemRandom()) -> Character? {
        RandomArray.pick(Array(text), random: random)
    }

    /// Returns one of the strings; an empty string if there are none.
    public static func pick(_ texts: [String], random: any RandomSource = SystemRandom()) -> String {
        RandomArray.pick(texts, random: random) ?? ""
    }

    /// Returns a string with small changes: with probability 1/5 the first letter is capitalised, with probability 1/3
    /// a symbol is appended.
    public static func distort(_ text: String, random: any RandomSource = SystemRandom()) -> String {
        var text = text
        if RandomBoolean.chance(1, 5, random: random) { text = text.prefix(1).uppercased() + text.dropFirst() }
        if RandomBoolean.chance(1, 3, random: random) { text.append(pick(from: symbols, random)) }
        return text
    }

    /// Returns a letter from A to Z, in either case.
    public static func nextAlphaChar(random: any RandomSource = SystemRandom()) -> Character {
        pick(from: letters, random)
    }

    /// Returns a string of letters, digits and symbols.
    ///
    /// - Parameters:
    ///   - minLength: the minimum number of characters.
    ///   - maxLength: an exclusive upper bound; ignored unless greater than `minLength`.
    public static func nextString(
        _ minLength: Int, _ maxLength: Int, random: any RandomSource = SystemRandom()
    ) -> String {
        let length = RandomInteger.nextInteger(minLength, maxLength, random: random)
        return String((0..<max(0, length)).map { _ in pick(from: characters, random) })
    }

    // MARK: - Internal

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    private static let symbols = Array("_,.:-/[]{}!@#$%^&*()+=~`|;<>?")
    private static let characters = letters + Array("0123456789") + symbols

    private static func pick(from characters: [Character], _ random: any RandomSource) -> Character {
        characters[random.next(in: characters.indices)]
    }
}
