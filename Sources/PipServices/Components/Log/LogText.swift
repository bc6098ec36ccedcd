/// Escapes strings in log lines, so that a peer can neither forge lines nor send commands to the terminal.
enum LogText {
    /// Replaces control characters with JSON escapes, such as `\u001b`: C0 and C1, DEL, U+2028, U+2029, and
    /// bidirectional controls. JSON stays valid.
    ///
    /// - Parameter keepingLayout: true for messages: a tab becomes a space, and lines after the first one are indented.
    static func escape(_ text: String, keepingLayout: Bool = false) -> String {
        guard text.utf8.contains(where: mayNeedEscape) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where keepingLayout: escaped += "\n    "
            case "\t" where keepingLayout: escaped += " "
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case _ where isControl(scalar.value): escaped += escape(of: scalar.value)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    // MARK: - Internal

    /// True for bytes that control characters start with in UTF-8. Most strings have none.
    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F || byte == 0xC2 || byte == 0xD8 || byte == 0xE2
    }

    private static func isControl(_ code: UInt32) -> Bool {
        switch code {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
        // Bidirectional controls: ALM, LRM, RLM, embeddings, overrides and isolates.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func escape(of code: UInt32) -> String {
        let digits = String(code, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
