/// Makes random texts (the toolkit's `RandomString`).
public enum RandomString {
    /// A character of a text; nil when it is empty.
    public static func pickChar(_ text: String, random: any RandomSource = SystemRandom()) -> Character? {
        RandomArray.pick(Array(text), random: random)
    }

    /// One of the texts; empty when there is none.
    public static func pick(_ texts: [String], random: any RandomSource = SystemRandom()) -> String {
        RandomArray.pick(texts, random: random) ?? ""
    }

    /// A text that is changed a little: one time in five it begins with a capital, and one time in three a sign follows.
    public static func distort(_ text: String, random: any RandomSource = SystemRandom()) -> String {
        var text = text
        if RandomBoolean.chance(1, 5, random: random) { text = text.prefix(1).uppercased() + text.dropFirst() }
        if RandomBoolean.chance(1, 3, random: random) { text.append(pick(from: symbols, random)) }
        return text
    }

    /// A letter from A to Z, small or capital.
    public static func nextAlphaChar(random: any RandomSource = SystemRandom()) -> Character {
        pick(from: letters, random)
    }

    /// A text of letters, digits and signs.
    ///
    /// - Parameters:
    ///   - minLength: how many characters it has at least.
    ///   - maxLength: it has fewer than so many, unless that is not above `minLength`.
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
