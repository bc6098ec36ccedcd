/// Makes texts, names and addresses that look real (the toolkit's `RandomText`), for tests and samples.
public enum RandomText {
    /// A colour.
    public static func color(random: any RandomSource = SystemRandom()) -> String { pick(WordList.colors, random) }
    /// A noun.
    public static func noun(random: any RandomSource = SystemRandom()) -> String { pick(WordList.nouns, random) }
    /// An adjective.
    public static func adjective(random: any RandomSource = SystemRandom()) -> String {
        pick(WordList.adjectives, random)
    }
    /// A verb.
    public static func verb(random: any RandomSource = SystemRandom()) -> String { pick(WordList.verbs, random) }
    /// A word of any kind.
    public static func word(random: any RandomSource = SystemRandom()) -> String { pick(WordList.all, random) }

    /// Words without blanks between them, each with a capital.
    ///
    /// - Parameters:
    ///   - min: how many there are at least.
    ///   - max: there are fewer than so many, unless that is not above `min`.
    public static func words(
        _ min: Int, _ max: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> String {
        RandomInteger.sequence(min, max, random: random)
            .map { _ in capitalized(word(random: random)) }.joined()
    }

    /// Words with blanks between them, of which the first has a capital.
    ///
    /// - Parameters:
    ///   - minLength: how many characters it has at least.
    ///   - maxLength: the length to reach is below it, unless that is not above `minLength`; the last word may exceed it.
    public static func phrase(
        _ minLength: Int, _ maxLength: Int? = nil, random: any RandomSource = SystemRandom()
    ) -> String {
        build(minLength, maxLength, random) { _ in " " }
    }

    /// A first and a last name, one time in three with a title.
    public static func fullName(random: any RandomSource = SystemRandom()) -> String {
        let name = "\(pick(WordList.firstNames, random)) \(pick(WordList.lastNames, random))"
        return RandomBoolean.chance(1, 3, random: random) ? "\(pick(WordList.titles, random)) \(name)" : name
    }

    /// A telephone number: `(nnn) nnn-nnnn`.
    public static func phone(random: any RandomSource = SystemRandom()) -> String {
        func digits(_ range: Range<Int>) -> String { String(random.next(in: range)) }
        return "(\(digits(100..<1000))) \(digits(100..<1000))-\(digits(1000..<10_000))"
    }

    /// An e-mail address: `words@words.com`.
    public static func email(random: any RandomSource = SystemRandom()) -> String {
        "\(words(2, 6, random: random))@\(words(1, 3, random: random)).com"
    }

    /// Sentences.
    ///
    /// - Parameters: as of ``phrase(_:_:random:)``.
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

    /// Words until the length is reached; after what ends a sentence comes a capital.
    private static func build(
        _ minLength: Int, _ maxLength: Int?, _ random: any RandomSource,
        separator: (any RandomSource) -> String
    ) -> String {
        let length = RandomInteger.nextInteger(minLength, maxLength ?? minLength, random: random)
        guard length > 0 else { return "" }
        var text = capitalized(word(random: random))
        // Words are ASCII: bytes are characters.
        while text.utf8.count < length {
            let separator = separator(random)
            let word = word(random: random)
            text += separator + (".!?".contains(separator.prefix(1)) ? capitalized(word) : word)
        }
        return text
    }
}
