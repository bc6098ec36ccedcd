/// A string in several languages (the toolkit's `MultiString`). Its JSON form is a plain object: `{"en": "red", "de":
/// "rot"}`.
///
/// Languages are two-letter codes (case-sensitive) in insertion order. Equality does not depend on the order.
public struct MultiString: Sendable, Hashable {
    private var texts: StringValueMap

    /// Creates a string without any language.
    public init() { texts = [:] }

    /// Creates a string from its translations by language. Other values are converted to strings.
    public init(_ texts: AnyValueMap) { self.texts = StringValueMap(texts) }

    /// Converts a value by the rules of ``MapConverter`` (the toolkit's `fromValue`). A single value has no languages.
    public init(value: AnyValue) { texts = StringValueMap(value: value) }

    /// Creates a string from alternating languages and translations (the toolkit's `fromTuples`). A last language
    /// without a translation is dropped.
    public init(tuples: [AnyValue]) { texts = StringValueMap(tuples: tuples) }

    /// Returns the string in a language, or else in English, or else in the first language. Nil if there are no
    /// languages.
    public func get(_ language: String) -> String? {
        texts[language] ?? texts["en"] ?? texts.lazy.compactMap(\.value).first
    }

    /// The string in exactly this language. Setting nil removes the language.
    public subscript(language: String) -> String? {
        get { texts[language] }
        set {
            if let newValue { texts.put(language, newValue) } else { texts.remove(language) }
        }
    }

    /// The languages in insertion order.
    public var languages: [String] { texts.keys }
    /// The number of languages.
    public var count: Int { texts.count }
    /// True if there are no languages.
    public var isEmpty: Bool { texts.isEmpty }

    /// Sets the string in a language.
    public mutating func put(_ language: String, _ text: String) { texts.put(language, text) }

    /// Removes a language.
    public mutating func remove(_ language: String) { texts.remove(language) }

    /// Adds all languages of another string. If a language repeats, the other string wins.
    public mutating func append(_ other: MultiString) { texts.append(other.texts) }

    /// Removes all languages.
    public mutating func clear() { texts.clear() }
}

extension MultiString: ExpressibleByDictionaryLiteral {
    /// Creates a string from a literal of languages and translations. If a language repeats, the last one wins.
    public init(dictionaryLiteral elements: (String, String)...) {
        texts = StringValueMap(elements.map { ($0.0, .some($0.1)) })
    }
}

extension MultiString: Codable {
    /// Decodes an object of strings by language. Null means that a language has no string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Language.self)
        self.init()
        for language in container.allKeys {
            guard let text = try container.decodeIfPresent(String.self, forKey: language) else { continue }
            put(language.stringValue, text)
        }
    }

    /// Encodes an object of strings by language.
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
