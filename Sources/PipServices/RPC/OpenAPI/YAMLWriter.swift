/// Writes YAML in the format of the toolkit's OpenAPI documents: an indent of two spaces, strings in single quotes,
/// empty branches omitted.
struct YAMLWriter {
    private(set) var text = ""
    private var depth = 0

    private var indent: String { String(repeating: "  ", count: depth) }

    mutating func text(_ name: String, _ value: String) { line(name, Self.quoted(value)) }

    /// Writes a list of scalars in YAML form.
    mutating func list(_ name: String, _ values: [String]) {
        guard !values.isEmpty else { return }
        text += "\(indent)\(Self.plain(name)):\n"
        for value in values { text += "\(indent)  - \(value)\n" }
    }

    mutating func line(_ name: String, _ value: String) { text += "\(indent)\(Self.plain(name)): \(value)\n" }

    mutating func branch(_ name: String, _ content: (inout YAMLWriter) -> Void) {
        var inner = YAMLWriter()
        inner.depth = depth + 1
        content(&inner)
        if !inner.text.isEmpty { text += "\(indent)\(Self.plain(name)):\n\(inner.text)" }
    }

    /// Writes the members of a map; empty maps and lists are kept.
    mutating func members(_ map: AnyValueMap) {
        for (name, value) in map { member("\(Self.plain(name, isStatus: false)):", value) }
    }

    // MARK: - Scalars

    /// A string in single quotes; in double quotes if it contains characters that single quotes can't represent.
    static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F && scalar.value != 0xFEFF
                && !(0x80...0x9F).contains(scalar.value) && scalar.value != 0x2028 && scalar.value != 0x2029
                && scalar.value & 0xFFFE != 0xFFFE
        }
        guard isPlain else { return doubleQuoted(text) }
        return "'\(text.parts(separatedBy: "'").joined(separator: "''"))'"
    }

    /// A string without quotes if YAML reads it as a string, otherwise quoted.
    static func plain(_ text: String, isStatus: Bool = true) -> String {
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & 0xDF) || byte == 95 }
        let marks = Array("0123456789/.-{}$".utf8)
        let first = text.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "$") } ?? false
        let words: Set = ["y", "yes", "no", "on", "off", "true", "false", "null"]
        // The toolkit writes response statuses without quotes; OpenAPI parsers read them as strings.
        let isStatus =
            isStatus && text.utf8.count == 3 && text.utf8.allSatisfy { (48...57).contains($0) }
            && text.utf8.first != UInt8(ascii: "0")
        let isSafe = first && text.utf8.allSatisfy { isLetter($0) || marks.contains($0) }
        return isStatus || isSafe && !words.contains(text.asciiLowercased) ? text : quoted(text)
    }

    static func scalar(_ value: AnyValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .date(let date): quoted(ISODate.format(date))
        default: String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
        }
    }

    // MARK: - Internal

    private mutating func member(_ head: String, _ value: AnyValue) {
        switch value {
        case .map(let map) where !map.isEmpty:
            text += "\(indent)\(head)\n"
            nested { $0.members(map) }
        case .array(let values) where !values.isEmpty:
            text += "\(indent)\(head)\n"
            nested { writer in for value in values { writer.member("-", value) } }
        default: text += "\(indent)\(head) \(Self.scalar(value))\n"
        }
    }

    private mutating func nested(_ content: (inout YAMLWriter) -> Void) {
        depth += 1
        content(&self)
        depth -= 1
    }

    /// A double-quoted string that YAML and JSON read alike.
    private static func doubleQuoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value >= 0x2028:
                let isLong = scalar.value > 0xFFFF
                let digits = String(scalar.value, radix: 16)
                let padding = String(repeating: "0", count: (isLong ? 8 : 4) - digits.count)
                result += (isLong ? "\\U" : "\\u") + padding + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
