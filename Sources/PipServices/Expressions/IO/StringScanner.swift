/// Reads a text character by character and knows line and column (the toolkit's `StringScanner`).
///
/// A character is a Unicode scalar. A line ends with LF, CR or both in either order; lines and columns count from 1.
/// The end is nil, and stepping back is cheap. A value type: a copy stays where it is.
public struct StringScanner: Sendable {
    /// The line of the character read last; 1 at the start.
    public private(set) var line = 1
    /// The column of the character read last; 0 at the start and on a line's end.
    public private(set) var column = 0

    /// The text as UTF-8, which takes a quarter of the room of its characters.
    private let bytes: [UInt8]
    private var position = 0

    /// Creates a scanner at the start of a text.
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

    /// The next character, which stays unread; nil at the end.
    public var peek: Unicode.Scalar? { position < bytes.count ? decode(position).character : nil }

    /// The line of the next character.
    public var peekLine: Int { startsLine(position) ? line + 1 : line }

    /// The column of the next character.
    public var peekColumn: Int {
        if startsLine(position) { return 0 }
        return position < bytes.count && Self.isLineEnd(bytes[position]) ? column : column + 1
    }

    /// Takes the last read back; does nothing at the start.
    public mutating func unread() {
        guard position > 0 else { return }
        repeat { position -= 1 } while position > 0 && Self.continues(bytes[position])
        if !Self.isLineEnd(bytes[position]) {
            column -= 1
        } else if startsLine(position) {
            line -= 1
            // The line that ends here is counted again, once for each time its end is taken back.
            var index = position
            column = 0
            while index > 0, !startsLine(index - 1) {
                index -= 1
                if !Self.isLineEnd(bytes[index]), !Self.continues(bytes[index]) { column += 1 }
            }
        }
    }

    /// Takes the last `count` reads back.
    public mutating func unreadMany(_ count: Int) {
        for _ in 0..<max(0, min(count, position)) { unread() }
    }

    /// Goes back to the start.
    public mutating func reset() {
        position = 0
        line = 1
        column = 0
    }

    // MARK: - Internal

    /// What was read since a copy was made of this scanner.
    func text(since start: StringScanner) -> String {
        String(decoding: bytes[min(start.position, position)..<position], as: UTF8.self)
    }

    /// Reads the characters that come next and belong.
    mutating func skip(while belongs: (Unicode.Scalar) -> Bool) {
        while let character = peek, belongs(character) { _ = read() }
    }

    /// Reads the next character if it is this one; false when it is another.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek == character else { return false }
        _ = read()
        return true
    }

    /// Reads a token of all characters that come next and belong to it.
    mutating func token(_ type: TokenType, while belongs: (Unicode.Scalar) -> Bool) -> Token {
        let start = self
        skip(while: belongs)
        return token(type, since: start)
    }

    /// A token of what was read since a copy was made of this scanner.
    func token(_ type: TokenType, since start: StringScanner) -> Token {
        Token(type, text(since: start), line: start.peekLine, column: start.peekColumn)
    }

    /// The character at a place where one begins. The text of a string is always sound UTF-8.
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

    /// Whether the character at `index` ends a line; the CR of a pair does not count.
    private func startsLine(_ index: Int) -> Bool {
        guard index < bytes.count else { return false }
        if bytes[index] == UInt8(ascii: "\n") { return true }
        guard bytes[index] == UInt8(ascii: "\r") else { return false }
        if index > 0, bytes[index - 1] == UInt8(ascii: "\n") { return false }
        return index + 1 >= bytes.count || bytes[index + 1] != UInt8(ascii: "\n")
    }
}

extension Unicode.Scalar {
    /// Whether this is one of the digits 0 to 9.
    var isDecimalDigit: Bool { ("0"..."9").contains(self) }
    /// Whether this is LF or CR.
    var endsLine: Bool { self == "\n" || self == "\r" }
}
