/// Normalises tags for display and search, and extracts hashtags from strings (the toolkit's `TagsProcessor`).
///
/// The *normal* form is for display: `#New_York` becomes `New York`. The *compressed* form is for search: `newyork`. An
/// empty tag becomes an empty string in both forms and is kept in lists, so that they keep their length.
public enum TagsProcessor {
    /// Normalises a tag for display: runs of `_` and `#` become a space, and the result is trimmed.
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

    /// Compresses a tag for search: lower case, without spaces, `_` and `#`.
    public static func compressTag(_ tag: String) -> String {
        ScalarText(folding: String(tag.unicodeScalars.filter { $0 != " " && $0 != "_" && $0 != "#" })).text
    }

    /// Returns true if two tags have the same compressed form, compared by code points. Nil equals only nil.
    public static func equalTags(_ left: String?, _ right: String?) -> Bool {
        left.map(compressTag).isSame(as: right.map(compressTag))
    }

    /// Normalises tags for display.
    public static func normalizeTags(_ tags: [String]) -> [String] { tags.map(normalizeTag) }

    /// Compresses tags for search.
    public static func compressTags(_ tags: [String]) -> [String] { tags.map(compressTag) }

    /// Normalises a list of tags separated by commas or semicolons.
    public static func normalizeTagList(_ tags: String) -> [String] { split(tags).map(normalizeTag) }

    /// Compresses a list of tags separated by commas or semicolons.
    public static func compressTagList(_ tags: String) -> [String] { split(tags).map(compressTag) }

    /// Returns the distinct hashtags of a string, such as `#New_York`, compressed and in order.
    ///
    /// A hashtag consists of letters of any script with their marks, digits and `_`.
    public static func extractHashTags(_ text: String) -> [String] {
        var found = Found()
        found.add(hashTagsIn: text)
        return found.tags
    }

    /// Returns the distinct compressed tags of a value, in order: its member `tags`, and the hashtags in other members.
    ///
    /// - Parameter fields: the members to search. All strings in a member that is a map or a list are searched, down to
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

    /// Distinct tags, in order.
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

    /// Splits at runs of separators. Leading and trailing separators are ignored.
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
    /// True for the characters of a hashtag: letters of any script, digits and `_`.
    fileprivate var isTagPart: Bool { properties.isAlphabetic || properties.numericType != nil || self == "_" }

    /// True for characters that extend the previous letter: marks and joiners.
    fileprivate var extendsTagPart: Bool { properties.isGraphemeExtend || self == "\u{200D}" }
}
