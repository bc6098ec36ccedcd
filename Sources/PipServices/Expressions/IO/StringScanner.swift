/// Reads a text character by character and knows line and column (the toolkit's `StringScanner`).
///
/// A character is a Unicode scalar. A line ends with LF, CR or both in either order; lines and columns count from 1.
/// The end is nil, and stepping back is cheap.
public struct StringScanner: Sendable {
    /// The line of the character read last; 1 at the start.
    public private(set) var line = 1
    /// The column of the character read last; 0 at the start and on a line's end.
    public private(set) var column = 0

    private let content: [Unicode.Scalar]
    private var position = 0

    /// Creates a scanner at the start of a text.
    public init(_ content: String) { self.content = Array(content.unicodeScalars) }

    /// Reads the next character; nil at the end.
    public mutating func read() -> Unicode.Scalar? {
        guard position < content.count else { return nil }
        let character = content[position]
        line = peekLine
        column = peekColumn
        position += 1
        return character
    }

    /// The next character, which stays unread; nil at the end.
    public var peek: Unicode.Scalar? { position < content.count ? content[position] : nil }

    /// The line of the next character.
    public var peekLine: Int { startsLine(position) ? line + 1 : line }

    /// The column of the next character.
    public var peekColumn: Int {
        if startsLine(position) { return 0 }
        guard let peek else { return column + 1 }
        return Self.isLineEnd(peek) ? column : column + 1
    }

    /// Takes the last read back; does nothing at the start.
    public mutating func unread() {
        guard position > 0 else { return }
        position -= 1
        if !Self.isLineEnd(content[position]) {
            column -= 1
        } else if startsLine(position) {
            line -= 1
            // The line that ends here is counted again, once for each time its end is taken back.
            var index = position
            column = 0
            while index > 0, !startsLine(index - 1) {
                index -= 1
                if !Self.isLineEnd(content[index]) { column += 1 }
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

    private static func isLineEnd(_ character: Unicode.Scalar) -> Bool { character == "\n" || character == "\r" }

    /// Whether the character at `index` ends a line; the CR of a pair does not count.
    private func startsLine(_ index: Int) -> Bool {
        guard index < content.count else { return false }
        if content[index] == "\n" { return true }
        guard content[index] == "\r" else { return false }
        if index > 0, content[index - 1] == "\n" { return false }
        return index + 1 >= content.count || content[index + 1] != "\n"
    }
}
