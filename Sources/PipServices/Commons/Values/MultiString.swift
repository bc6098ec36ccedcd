/// A text in several languages (the toolkit's `MultiString`). In JSON it is a plain object: `{"en": "red", "de": "rot"}`.
///
/// Languages are told apart by their two-letter codes, in which case counts. They keep the order in which they were
/// added; two texts are equal whatever their order.
public struct MultiString: Sendable, Hashable {
    private var texts: StringValueMap

    /// Creates a text without any language.
    public init() { texts = [:] }

    /// Takes the texts by language; values that are no texts are converted.
    public init(_ texts: AnyValueMap) { self.texts = StringValueMap(texts) }

    /// Converts a value by the rules of ``MapConverter`` (the toolkit's `fromValue`): what is no map has no language.
    public init(value: AnyValue) { texts = StringValueMap(value: value) }

    /// Takes alternating languages and texts (the toolkit's `fromTuples`); a language without a text at the end is left
    /// out.
    public init(tuples: [AnyValue]) { texts = StringValueMap(tuples: tuples) }

    /// The text in a language; where there is none, the one in English, or else the first that there is. Nil when there
    /// is no text at all.
    public func get(_ language: String) -> String? {
        texts[language] ?? texts["en"] ?? texts.lazy.compactMap(\.value).first
    }

    /// The text in a language, and in no other. Setting nil removes the language.
    public subscript(language: String) -> String? {
        get { texts[language] }
        set {
            if let newValue { texts.put(language, newValue) } else { texts.remove(language) }
        }
    }

    /// The languages, in the order in which they were added.
    public var languages: [String] { texts.keys }
    /// How many languages there are.
    public var count: Int { texts.count }
    /// True when there is no language.
    public var isEmpty: Bool { texts.isEmpty }

    /// Puts a text in a language, in place of the one that is there.
    public mutating func put(_ language: String, _ text: String) { texts.put(language, text) }

    /// Removes a language.
    public mutating func remove(_ language: String) { texts.remove(language) }

    /// Adds all languages of another text; of equal ones the other's win.
    public mutating func append(_ other: MultiString) { texts.append(other.texts) }

    /// Removes all languages.
    public mutating func clear() { texts.clear() }
}

extension MultiString: ExpressibleByDictionaryLiteral {
    /// Writes texts by language; of equal languages the last one wins.
    public init(dictionaryLiteral elements: (String, String)...) {
        texts = StringValueMap(elements.map { ($0.0, .some($0.1)) })
    }
}

extension MultiString: Codable {
    /// Reads an object of texts by language; null means that there is no text in that language.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Language.self)
        self.init()
        for language in container.allKeys {
            guard let text = try container.decodeIfPresent(String.self, forKey: language) else { continue }
            put(language.stringValue, text)
        }
    }

    /// Writes an object of texts by language.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Language.self)
        for (language, text) in texts { try container.encode(text, forKey: Language(stringValue: language)) }
    }

    private struct Language: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
