/// A regular expression that matches strings like portable filters do. It has the same meaning in PCRE, which the
/// server uses, and in other dialects.
struct MongoDBPattern {
    /// The maximum length, below the limit of servers.
    static let maxCount = 32_000

    let text: String

    init(_ match: FilterExpression.TextMatch, _ wanted: String, ignoringCase: Bool) {
        var pattern = match == .contains ? "" : "^"
        if ignoringCase {
            Self.fold(Array(wanted.lowercased().unicodeScalars), match, &pattern)
        } else {
            for scalar in wanted.unicodeScalars { pattern += Self.escaped(scalar) }
        }
        // Not `$`, which also matches before a trailing line feed.
        if match == .whole { pattern += #"(?![\s\S])"# }
        text = pattern
    }

    // MARK: - Internal

    /// Strings are compared after Unicode lowercasing. The server's option `i` folds differently: for example, ſ
    /// matches s. Each letter therefore becomes a set of the letters with its lowercase form.
    ///
    /// İ is the only letter whose lowercase form has two code points, i and a combining dot (U+0307). Either code point
    /// matches without the other only at the start or end of the string.
    private static func fold(
        _ wanted: [Unicode.Scalar], _ match: FilterExpression.TextMatch, _ pattern: inout String
    ) {
        var index = 0
        while index < wanted.count {
            let scalar = wanted[index]
            let isLast = index == wanted.count - 1
            if scalar == "i", !isLast, wanted[index + 1] == "\u{307}" {
                pattern += "(?:\(choice("i", []))\u{307}|\u{130})"
                index += 2
                continue
            }
            let isCut =
                scalar == "i" && isLast && match != .whole
                || scalar == "\u{307}" && index == 0 && match == .contains
            pattern += choice(scalar, isCut ? ["\u{130}"] : [])
            index += 1
        }
    }

    private static func choice(_ scalar: Unicode.Scalar, _ more: [Unicode.Scalar]) -> String {
        let letters = [scalar] + (origins[scalar] ?? []) + more
        return letters.count == 1 ? escaped(scalar) : "[" + letters.map(escaped).joined() + "]"
    }

    /// The other letters with the same lowercase form.
    private static let origins: [Unicode.Scalar: [Unicode.Scalar]] = {
        var origins: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        // No letter with two cases follows these.
        for code in UInt32(0x41)..<0x2_0000 {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let lower = scalar.properties.lowercaseMapping.unicodeScalars
            if let only = lower.first, lower.count == 1, only != scalar { origins[only, default: []].append(scalar) }
        }
        return origins
    }()

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": return String(scalar)
        case "\u{80}"...: return String(scalar)
        default:
            let digits = String(scalar.value, radix: 16)
            return #"\x"# + (digits.utf8.count < 2 ? "0" : "") + digits
        }
    }
}
