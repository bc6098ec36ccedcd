/// A string that is compared by its code points, for keys and for comparisons that affect access.
///
/// `String` compares by canonical equivalence: a composed and a decomposed `é`, or the letter `K` and the Kelvin sign
/// (U+212A), are equal strings. Ids, tokens, names and keys from outside must be equal only if their code points are.
struct ScalarText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    init(_ text: Substring) { self.text = String(text) }

    /// Creates a case-insensitive key. The Ohm, Kelvin and Angstrom signs are kept, because their lower-case letters
    /// belong to other capitals.
    init(folding name: some StringProtocol) {
        if name.utf8.allSatisfy({ $0 < 0x80 }) {
            text = name.lowercased()
            return
        }
        var folded = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\u{2126}", "\u{212A}", "\u{212B}": folded.unicodeScalars.append(scalar)
            default: folded.unicodeScalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        text = folded
    }

    static func == (left: Self, right: Self) -> Bool {
        let (first, second) = (left.text.utf8Span, right.text.utf8Span)
        guard first.count == second.count else { return false }
        // ASCII strings are never canonically equivalent, and `String` compares them bytewise.
        if first.isKnownASCII, second.isKnownASCII { return left.text == right.text }
        let (bytes, others) = (first.span, second.span)
        for index in bytes.indices where bytes[index] != others[index] { return false }
        return true
    }

    /// The hash of the string: equal code points give equal hashes.
    func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }
}

extension ScalarText: Comparable {
    /// Orders by code points.
    static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}

extension ScalarText: ExpressibleByStringLiteral, CustomStringConvertible {
    init(stringLiteral text: String) { self.text = text }

    var description: String { text }
}

extension String {
    /// Returns true if both have the same code points.
    func isSame(as other: String) -> Bool { ScalarText(self) == ScalarText(other) }
}

extension Optional where Wrapped == String {
    /// Returns true if both have the same code points, or both are nil.
    func isSame(as other: String?) -> Bool { map { ScalarText($0) } == other.map { ScalarText($0) } }
}

extension StringProtocol where SubSequence == Substring {
    /// Returns true if both have the same code points.
    func isSame(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Returns true if both have the same code points, ignoring the case of ASCII letters. This is how names of header
    /// fields, schemes and other protocol keywords are compared. The Kelvin sign and the dotless `ı` are not ASCII
    /// letters.
    func isSame(ignoringCase other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// Returns true if the string starts with the code points of another one.
    func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Returns true if the string ends with the code points of another one.
    func ends(with suffix: String) -> Bool {
        self[...].utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// Returns true if the string contains the code points of another one.
    func contains(text: String) -> Bool { self[...].utf8.firstRange(of: text.utf8) != nil }

    /// Returns the string with all occurrences of `text` replaced.
    func replacing(text: String, with replacement: String) -> String {
        String(decoding: Array(utf8).replacing(text.utf8, with: replacement.utf8), as: UTF8.self)
    }

    /// Returns the string without a prefix; nil if it does not start with it.
    func dropping(prefix: String) -> Substring? {
        begins(with: prefix) ? Substring(self[...].utf8.dropFirst(prefix.utf8.count)) : nil
    }

    /// The string with ASCII letters in lower case.
    var asciiLowercased: String { String(decoding: utf8.lazy.map(\.asciiLowercased), as: UTF8.self) }

    /// The string with ASCII letters in upper case.
    var asciiUppercased: String { String(decoding: utf8.lazy.map(\.asciiUppercased), as: UTF8.self) }

    /// Returns the parts between separators. A combining mark after a separator belongs to the next part.
    func parts(
        separatedBy separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = false
    ) -> [Substring] {
        self[...].unicodeScalars.split(
            separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmpty
        ).map { Substring($0) }
    }

    /// Returns the parts before and after the first separator; nil if there is none.
    func divided(atFirst separator: Unicode.Scalar) -> (before: Substring, after: Substring)? {
        let scalars = self[...].unicodeScalars
        guard let index = scalars.firstIndex(of: separator) else { return nil }
        return (Substring(scalars[..<index]), Substring(scalars[scalars.index(after: index)...]))
    }

    /// Returns the parts before and after the last separator; nil if there is none.
    func divided(atLast separator: Unicode.Scalar) -> (before: Substring, after: Substring)? {
        let scalars = self[...].unicodeScalars
        guard let index = scalars.lastIndex(of: separator) else { return nil }
        return (Substring(scalars[..<index]), Substring(scalars[scalars.index(after: index)...]))
    }

    /// Returns the string up to the first occurrence of one of the code points.
    func prefix(upTo scalars: Unicode.Scalar...) -> Substring {
        Substring(self[...].unicodeScalars.prefix { !scalars.contains($0) })
    }

    /// Returns true if the string contains a code point.
    func contains(scalar: Unicode.Scalar) -> Bool { unicodeScalars.contains(scalar) }
}

extension Sequence<String> {
    /// Returns true if one of the strings has the same code points.
    func contains(sameAs text: String) -> Bool { contains { $0.isSame(as: text) } }
}
