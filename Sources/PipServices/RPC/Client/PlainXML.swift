#if PIP_AWS || PIP_AZURE
/// Parses the XML responses of cloud services: elements and text, without attributes and namespaces.
///
/// An element without children becomes a string, and one whose children are all named `member` becomes a list. Any
/// other element becomes a map, in which children with the same name become a list.
struct PlainXML {
    /// Returns the content of the root element; nil if the XML is not well-formed or nested too deeply.
    static func parse(_ bytes: [UInt8]) -> AnyValue? {
        var reader = PlainXML(bytes: bytes)
        guard let (_, value) = reader.element(depth: 0) else { return nil }
        return value
    }

    // MARK: - Internal

    private static let maxDepth = 32
    /// The maximum length of a character name with its `;`: `#1114111;`, with space for leading zeros.
    private static let maxName = 16
    private let bytes: [UInt8]
    private var position = 0

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Returns the next element; nil if there is none.
    private mutating func element(depth: Int) -> (name: String, value: AnyValue)? {
        guard depth < Self.maxDepth else { return nil }
        skipProlog()
        guard peek == UInt8(ascii: "<"), let tag = tag(), !tag.isEnd else { return nil }
        if tag.isEmpty { return (tag.name, "") }
        var (text, children): ([UInt8], [(name: String, value: AnyValue)]) = ([], [])
        while position < bytes.count {
            if bytes[position] != UInt8(ascii: "<") {
                text.append(bytes[position])
                position += 1
            } else if starts(with: "<![CDATA[") {
                guard let end = find("]]>") else { return nil }
                // Escaped, because the text is unescaped as a whole.
                for byte in bytes[(position + 9)..<end] {
                    if byte == UInt8(ascii: "&") { text += Array("&amp;".utf8) } else { text.append(byte) }
                }
                position = end + 3
            } else if starts(with: "<!--") {
                guard let end = find("-->") else { return nil }
                position = end + 3
            } else if starts(with: "</") {
                guard let end = self.tag(), end.isEnd, end.name.isSame(as: tag.name) else { return nil }
                return (tag.name, Self.value(text, children))
            } else {
                guard let child = element(depth: depth + 1) else { return nil }
                children.append(child)
            }
        }
        return nil
    }

    private static func value(_ text: [UInt8], _ children: [(name: String, value: AnyValue)]) -> AnyValue {
        if children.isEmpty { return .string(unescaped(text)) }
        if children.allSatisfy({ $0.name.isSame(as: "member") }) { return .array(children.map(\.value)) }
        var (groups, indices): ([(name: String, values: [AnyValue])], [ScalarText: Int]) = ([], [:])
        for (name, value) in children {
            if let index = indices[ScalarText(name)] {
                groups[index].values.append(value)
            } else {
                indices[ScalarText(name)] = groups.count
                groups.append((name, [value]))
            }
        }
        var map = AnyValueMap()
        for (name, values) in groups { map[name] = values.count == 1 ? values[0] : .array(values) }
        return .map(map)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private func find(_ text: String) -> Int? { bytes[position...].firstRange(of: text.utf8)?.lowerBound }

    private mutating func skipProlog() {
        while position < bytes.count {
            if [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains(bytes[position]) {
                position += 1
            } else if starts(with: "<?") || starts(with: "<!--") || starts(with: "<!DOCTYPE") {
                guard let end = find(starts(with: "<!--") ? "-->" : ">") else {
                    position = bytes.count
                    return
                }
                position = end + (starts(with: "<!--") ? 3 : 1)
            } else {
                return
            }
        }
    }

    /// Parses `<name ...>`, `<name/>` or `</name>`.
    private mutating func tag() -> (name: String, isEnd: Bool, isEmpty: Bool)? {
        guard let end = find(">") else { return nil }
        var content = bytes[(position + 1)..<end]
        position = end + 1
        let isEnd = content.first == UInt8(ascii: "/")
        if isEnd { content = content.dropFirst() }
        let isEmpty = content.last == UInt8(ascii: "/")
        if isEmpty { content = content.dropLast() }
        let name = content.prefix { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard !name.isEmpty else { return nil }
        return (String(decoding: name, as: UTF8.self), isEnd, isEmpty)
    }

    private static func unescaped(_ text: [UInt8]) -> String {
        guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
        var (result, rest): (String, Substring) = ("", String(decoding: text, as: UTF8.self)[...])
        while let (before, after) = rest.divided(atFirst: "&") {
            result += before
            // Limited to the longest name, because otherwise each search could scan the whole text.
            let start = Substring(after.unicodeScalars.prefix(maxName))
            guard let (name, _) = start.divided(atFirst: ";"), let scalar = scalar(String(name)) else {
                result += "&"
                rest = after
                continue
            }
            result.unicodeScalars.append(scalar)
            rest = Substring(after.unicodeScalars.dropFirst(name.unicodeScalars.count + 1))
        }
        return result + rest
    }

    private static func scalar(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            if let digits = name.dropping(prefix: "#x") {
                return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
            }
            return name.dropping(prefix: "#").flatMap { UInt32($0) }.flatMap(Unicode.Scalar.init)
        }
    }
}
#endif
