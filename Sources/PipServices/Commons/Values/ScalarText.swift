/// A string that is compared by its code points, as a key or where the comparison decides about access.
///
/// `String` compares by canonical equivalence: a composed and a decomposed `é`, or the letter `K` and the Kelvin sign
/// (U+212A), are equal strings. Ids, tokens, names and keys that come from outside must not be equal unless their code
/// points are.
struct ScalarText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    init(_ text: Substring) { self.text = String(text) }

    /// The key of a name in which capitals make no difference. The Ohm, Kelvin and Angstrom signs stay as they are:
    /// their small letters are those of other capitals.
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
        // No two strings of ASCII are canonically equivalent, and `String` compares those as memory.
        if first.isKnownASCII, second.isKnownASCII { return left.text == right.text }
        let (bytes, others) = (first.span, second.span)
        for index in bytes.indices where bytes[index] != others[index] { return false }
        return true
    }

    /// The hash of the string: equal code points give equal hashes.
    func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }
}

extension ScalarText: Comparable {
    /// The order of code points.
    static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}

extension ScalarText: ExpressibleByStringLiteral, CustomStringConvertible {
    init(stringLiteral text: String) { self.text = text }

    var description: String { text }
}

extension String {
    /// True if both consist of the same code points.
    func isSame(as other: String) -> Bool { ScalarText(self) == ScalarText(other) }
}

extension Optional where Wrapped == String {
    /// True if both consist of the same code points, or both are nil.
    func isSame(as other: String?) -> Bool { map { ScalarText($0) } == other.map { ScalarText($0) } }
}

extension StringProtocol where SubSequence == Substring {
    /// True if both consist of the same code points.
    func isSame(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// True if both consist of the same code points but for the case of ASCII letters, as names of header fields,
    /// schemes and other keywords of protocols are compared. Neither the Kelvin sign nor a dotless `ı` is such a letter.
    func isSame(ignoringCase other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// True if the string starts with the code points of another one.
    func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// True if the string ends with the code points of another one.
    func ends(with suffix: String) -> Bool {
        self[...].utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// True if the string contains the code points of another one.
    func contains(text: String) -> Bool { self[...].utf8.firstRange(of: text.utf8) != nil }

    /// The string with code points in place of some others.
    func replacing(text: String, with replacement: String) -> String {
        String(decoding: Array(utf8).replacing(text.utf8, with: replacement.utf8), as: UTF8.self)
    }

    /// The string without code points at its start; nil if it does not start with them.
    func dropping(prefix: String) -> Substring? {
        begins(with: prefix) ? Substring(self[...].utf8.dropFirst(prefix.utf8.count)) : nil
    }

    /// The string with ASCII letters in lower case, and everything else as it is.
    var asciiLowercased: String { String(decoding: utf8.lazy.map(\.asciiLowercased), as: UTF8.self) }

    /// The string with ASCII letters in upper case, and everything else as it is.
    var asciiUppercased: String { String(decoding: utf8.lazy.map(\.asciiUppercased), as: UTF8.self) }

    /// The parts between separators. A combining mark behind a separator belongs to the next part.
    func parts(
        separatedBy separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = false
    ) -> [Substring] {
        self[...].unicodeScalars.split(
            separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmpty
        ).map { Substring($0) }
    }

    /// What stands before and behind the first separator; nil if there is none.
    func divided(atFirst separator: Unicode.Scalar) -> (before: Substring, after: Substring)? {
        let scalars = self[...].unicodeScalars
        guard let index = scalars.firstIndex(of: separator) else { return nil }
        return (Substring(scalars[..<index]), Substring(scalars[scalars.index(after: index)...]))
    }

    /// What stands before and behind the last separator; nil if there is none.
    func divided(atLast separator: Unicode.Scalar) -> (before: Substring, after: Substring)? {
        let scalars = self[...].unicodeScalars
        guard let index = scalars.lastIndex(of: separator) else { return nil }
        return (Substring(scalars[..<index]), Substring(scalars[scalars.index(after: index)...]))
    }

    /// The string up to the first of some code points.
    func prefix(upTo scalars: Unicode.Scalar...) -> Substring {
        Substring(self[...].unicodeScalars.prefix { !scalars.contains($0) })
    }

    /// True if the string contains a code point.
    func contains(scalar: Unicode.Scalar) -> Bool { unicodeScalars.contains(scalar) }
}

extension Sequence<String> {
    /// True if one of the strings consists of the same code points.
    func contains(sameAs text: String) -> Bool { contains { $0.isSame(as: text) } }
}
