/// Brings tags into forms that are shown and compared, and finds hash tags in texts (the toolkit's `TagsProcessor`).
///
/// The *normal* form is for people: `#New_York` is `New York`. The *compressed* form is for searches: `newyork`. A tag
/// that holds nothing has the empty text for both, also as an element of a list: lists keep their length.
public enum TagsProcessor {
    /// A tag for people: runs of `_` and `#` become a blank, and blanks at both ends are dropped.
    public static func normalizeTag(_ tag: String) -> String {
        var normal = ""
        var isInRun = false
        for scalar in tag.unicodeScalars {
            let isSeparator = scalar == "_" || scalar == "#"
            if !isSeparator { normal.unicodeScalars.append(scalar) } else if !isInRun { normal.append(" ") }
            isInRun = isSeparator
        }
        return normal.trimmed
    }

    /// A tag for searches: in small letters, without blanks, `_` and `#`.
    public static func compressTag(_ tag: String) -> String {
        ScalarText(folding: String(tag.unicodeScalars.filter { $0 != " " && $0 != "_" && $0 != "#" })).text
    }

    /// True when two tags have the same compressed form, code point by code point; nil is equal to nil only.
    public static func equalTags(_ left: String?, _ right: String?) -> Bool {
        left.map(compressTag).isSame(as: right.map(compressTag))
    }

    /// Tags for people.
    public static func normalizeTags(_ tags: [String]) -> [String] { tags.map(normalizeTag) }

    /// Tags for searches.
    public static func compressTags(_ tags: [String]) -> [String] { tags.map(compressTag) }

    /// Tags for people, of a text in which commas or semicolons separate them.
    public static func normalizeTagList(_ tags: String) -> [String] { split(tags).map(normalizeTag) }

    /// Tags for searches, of a text in which commas or semicolons separate them.
    public static func compressTagList(_ tags: String) -> [String] { split(tags).map(compressTag) }

    /// The hash tags of a text, such as `#New_York`, compressed, each once, in order.
    ///
    /// A hash tag consists of letters of any script with their marks, digits and `_`.
    public static func extractHashTags(_ text: String) -> [String] {
        var found = Found()
        found.add(hashTagsIn: text)
        return found.tags
    }

    /// The member `tags` of a value, compressed, and the hash tags of members of it, each once, in order.
    ///
    /// - Parameter fields: the members to search; of one that is a map or a list, all texts in it are searched, down to
    ///   100 levels.
    public static func extractHashTags(from value: AnyValue, fields: [String]) -> [String] {
        var found = Found()
        for tag in value["tags"]?.array ?? [] { found.add(compressTag(StringConverter.toString(tag))) }
        for field in fields {
            if let member = value[field] { search(member, &found, depth: 0) }
        }
        return found.tags
    }

    // MARK: - Internal

    private static let maximumDepth = 100

    /// Tags, each once, in order.
    private struct Found {
        private(set) var tags: [String] = []
        private var known: Set<ScalarText> = []

        mutating func add(_ tag: String) {
            if !tag.isEmpty, known.insert(ScalarText(tag)).inserted { tags.append(tag) }
        }

        mutating func add(hashTagsIn text: String) {
            var rest = text[...]
            while let (_, after) = rest.divided(atFirst: "#") {
                rest = after
                guard let first = after.unicodeScalars.first, first.isTagPart else { continue }
                let word = after.unicodeScalars.prefix { $0.isTagPart || $0.extendsTagPart }
                add(compressTag(String(word)))
                rest = Substring(after.unicodeScalars[word.endIndex...])
            }
        }
    }

    /// A run of separators counts as one, at the ends too.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isInRun = false
        for scalar in text.unicodeScalars {
            let isSeparator = scalar == "," || scalar == ";"
            if !isSeparator {
                parts[parts.count - 1].unicodeScalars.append(scalar)
            } else if !isInRun {
                parts.append("")
            }
            isInRun = isSeparator
        }
        return parts
    }

    private static func search(_ value: AnyValue, _ found: inout Found, depth: Int) {
        guard depth < maximumDepth else { return }
        switch value {
        case .string(let text): found.add(hashTagsIn: text)
        case .array(let elements): for element in elements { search(element, &found, depth: depth + 1) }
        case .map(let members): for (_, member) in members { search(member, &found, depth: depth + 1) }
        default: break
        }
    }
}

extension Unicode.Scalar {
    /// True for what a hash tag consists of: letters of any script, digits and `_`.
    fileprivate var isTagPart: Bool { properties.isAlphabetic || properties.numericType != nil || self == "_" }

    /// True for what belongs to the letter before it: marks and joiners.
    fileprivate var extendsTagPart: Bool { properties.isGraphemeExtend || self == "\u{200D}" }
}
