/// Reads a string character by character and tracks line and column (the toolkit's `StringScanner`).
///
/// A character is a Unicode scalar. A line ends with LF, CR or both in either order. Lines and columns are 1-based. The
/// end is nil, and unreading is cheap. A scanner is a value: a copy keeps its position.
public struct StringScanner: Sendable {
    /// The line of the last character read; 1 at the start.
    public private(set) var line = 1
    /// The column of the last character read; 0 at the start and at a line end.
    public private(set) var column = 0

    /// The string as UTF-8, which needs a quarter of the memory of its scalars.
    private let bytes: [UInt8]
    private var position = 0

    /// Creates a scanner at the start of a string.
    public init(_ content: String) { bytes = Array(content.utf8) }

    /// Reads the next character; nil at the end.
    public mutating func read() -> Unicode.Scalar? {
        guard position < bytes.count else { return nil }
        let (character, length) = decode(position)
        if Self.isLineEnd(bytes[position]) {
            (line, column) = (peekLine, peekColumn)
        } else {
            column += 1
        }
        position += length
        return character
    }

    /// The next character, without reading it; nil at the end.
    public var peek: Unicode.Scalar? { position < bytes.count ? decode(position).character : nil }

    /// The line of the next character.
    public var peekLine: Int { startsLine(position) ? line + 1 : line }

    /// The column of the next character.
    public var peekColumn: Int {
        if startsLine(position) { return 0 }
        return position < bytes.count && Self.isLineEnd(bytes[position]) ? column : column + 1
    }

    /// Undoes the last read. Does nothing at the start.
    public mutating func unread() {
        guard position > 0 else { return }
        repeat { position -= 1 } while position > 0 && Self.continues(bytes[position])
        if !Self.isLineEnd(bytes[position]) {
            column -= 1
        } else if startsLine(position) {
            line -= 1
            // Recomputes the column by scanning the line that ends here, once per unread line end.
            var index = position
            column = 0
            while index > 0, !startsLine(index - 1) {
                index -= 1
                if !Self.isLineEnd(bytes[index]), !Self.continues(bytes[index]) { column += 1 }
            }
        }
    }

    /// Undoes the last `count` reads.
    public mutating func unreadMany(_ count: Int) {
        for _ in 0..<max(0, min(count, position)) { unread() }
    }

    /// Returns to the start.
    public mutating func reset() {
        position = 0
        line = 1
        column = 0
    }

    // MARK: - Internal

    /// Returns the string between the position of an earlier copy and this position.
    func text(since start: StringScanner) -> String {
        String(decoding: bytes[min(start.position, position)..<position], as: UTF8.self)
    }

    /// Skips the following characters that satisfy a predicate.
    mutating func skip(while belongs: (Unicode.Scalar) -> Bool) {
        while let character = peek, belongs(character) { _ = read() }
    }

    /// Skips the next character if it is the given one; returns false otherwise.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek == character else { return false }
        _ = read()
        return true
    }

    /// Reads a token of all following characters that satisfy a predicate.
    mutating func token(_ type: TokenType, while belongs: (Unicode.Scalar) -> Bool) -> Token {
        let start = self
        skip(while: belongs)
        return token(type, since: start)
    }

    /// Returns a token from the position of an earlier copy to this position.
    func token(_ type: TokenType, since start: StringScanner) -> Token {
        Token(type, text(since: start), line: start.peekLine, column: start.peekColumn)
    }

    /// Decodes the character that starts at an offset. A string is always valid UTF-8.
    private func decode(_ index: Int) -> (character: Unicode.Scalar, length: Int) {
        let first = bytes[index]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard index + length <= bytes.count else { return ("\u{FFFD}", 1) }
        var value = UInt32(first & (0x7F >> UInt8(length)))
        for offset in 1..<length { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    private static func continues(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// Returns true if the character at `index` ends a line. The CR of a pair does not.
    private func startsLine(_ index: Int) -> Bool {
        guard index < bytes.count else { return false }
        if bytes[index] == UInt8(ascii: "\n") { return true }
        guard bytes[index] == UInt8(ascii: "\r") else { return false }
        if index > 0, bytes[index - 1] == UInt8(ascii: "\n") { return false }
        return index + 1 >= bytes.count || bytes[index + 1] != UInt8(ascii: "\n")
    }
}

extension Unicode.Scalar {
    /// True for the digits 0 to 9.
    var isDecimalDigit: Bool { ("0"..."9").contains(self) }
    /// True for LF and CR.
    var endsLine: Bool { self == "\n" || self == "\r" }
}
