/// Generates realistic phrases, names and addresses for tests and samples (the toolkit's `RandomText`).
public enum RandomText {
    /// Returns a colour.
    public static func color(random: any RandomSource = SystemRandom()) -> String { pick(WordList.colors, random) }
    /// Returns a noun.
    public static func noun(random: any RandomSource = SystemRandom()) -> String { pick(WordList.nouns, random) }
    /// Returns an adjective.
    public static func adjective(random: any RandomSource = SystemRandom()) -> String {
        pick(WordList.adjectives, random)
    }
    /// Returns a verb.
    public static func verb(random: any RandomSource = SystemRandom()) -> String { pick(WordList.verbs, random) }
    /// Returns a word of any kind.
    public static func word(random: any RandomSource = SystemRandom()) -> String { pick(WordList.all, random) }

    /// Returns capitalised words without spaces between them.
    ///
    /// - Parameters:
    ///   - min: the minimum number of words.
    ///   - max: an exclusive upper bound; ignored unless greater than `min`.
    public static func words(
        _ min: Int, _ max: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> String {
        RandomInteger.sequence(min, max, random: random)
            .map { _ in capitalized(word(random: random)) }.joined()
    }

    /// Returns words separated by spaces. The first one is capitalised.
    ///
    /// - Parameters:
    ///   - minLength: the minimum number of characters.
    ///   - maxLength: an exclusive upper bound of the target length; ignored unless greater than `minLength`. The last
    ///     word may exceed the target.
    public static func phrase(
        _ minLength: Int, _ maxLength: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> String {
        build(minLength, maxLength, random) { _ in " " }
    }

    /// Returns a first and a last name, with a title with probability 1/3.
    public static func fullName(random: any RandomSource = SystemRandom()) -> String {
        let name = "\(pick(WordList.firstNames, random)) \(pick(WordList.lastNames, random))"
        return RandomBoolean.chance(1, 3, random: random) ? "\(pick(WordList.titles, random)) \(name)" : name
    }

    /// Returns a telephone number: `(nnn) nnn-nnnn`.
    public static func phone(random: any RandomSource = SystemRandom()) -> String {
        func digits(_ range: Range<Int>) -> String { String(random.next(in: range)) }
        return "(\(digits(100..<1000))) \(digits(100..<1000))-\(digits(1000..<10_000))"
    }

    /// Returns an e-mail address: `words@words.com`.
    public static func email(random: any RandomSource = SystemRandom()) -> String {
        "\(words(2, 6, random: random))@\(words(1, 3, random: random)).com"
    }

    /// Returns sentences.
    ///
    /// - Parameters: as for ``phrase(_:_:random:)``.
    public static func text(
        _ minLength: Int, _ maxLength: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> String {
        build(minLength, maxLength, random) { random in
            switch random.next(in: 0..<12) {
            case 0: ", "
            case 1: ": "
            case 2: ". "
            case 3: random.next(in: 0..<2) == 0 ? "! " : "? "
            default: " "
            }
        }
    }

    // MARK: - Internal

    private static func pick(_ words: [String], _ random: any RandomSource) -> String {
        RandomString.pick(words, random: random)
    }

    private static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    /// Appends words until the length is reached. A word after the end of a sentence is capitalised.
    private static func build(
        _ minLength: Int, _ maxLength: Int?, _ random: any RandomSource,
        separator: (any RandomSource) -> String
    ) -> String {
        let length = RandomInteger.nextInteger(minLength, maxLength ?? minLength, random: random)
        guard length > 0 else { return "" }
        var text = capitalized(word(random: random))
        // Words are ASCII, so bytes are characters.
        while text.utf8.count < length {
            let separator = separator(random)
            let word = word(random: random)
            text += separator + (".!?".contains(separator.prefix(1)) ? capitalized(word) : word)
        }
        return text
    }
}
