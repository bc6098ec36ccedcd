/// Parses header fields that are lists of tokens, such as `Connection` (RFC 9110, 5.6.1).
enum FieldTokens {
    /// The members of a list in lower case, without empty ones.
    static func read(_ value: String) -> [String] {
        value.utf8.split(separator: UInt8(ascii: ",")).compactMap { member in
            guard let first = member.firstIndex(where: { !isSpace($0) }),
                let last = member.lastIndex(where: { !isSpace($0) })
            else { return nil }
            return String(decoding: member[first...last].map { isCapital($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        }
    }

    // MARK: - Internal

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    // ASCII only: lowercasing turns some other letters into ASCII.
    private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
}
