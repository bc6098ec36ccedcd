internal import Yams

/// A YAML text, parsed by Yams. Errors do not quote the text.
struct YAMLSource {
    /// The maximum growth of a text per alias: three aliases at a time triple its size.
    private static let growth = 1.45
    /// The maximum size of an expanded key in bytes, for which Yams needs a second or two.
    private static let maximumSize = 1e7

    private let text: String

    init(_ text: String) { self.text = text }

    /// Returns the root of the only document that is not empty; nil if all are empty.
    ///
    /// Configuration files of the other editions may start with `---` twice, which creates an empty document.
    func document() throws(YAMLFailure) -> Yams.Node? {
        guard !isExplosive else {
            throw YAMLFailure("keys that are collections can't be combined with many aliases", line: nil)
        }
        do {
            // The basic resolver treats all scalars as strings, without matching patterns.
            let parser = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8)
            var document: Yams.Node?
            while let root = try parser.nextRoot() {
                guard !isEmpty(root) else { continue }
                guard document == nil else {
                    throw YAMLFailure("there is a second document, but only one is supported", at: root.mark)
                }
                document = root
            }
            return document
        } catch let failure as YAMLFailure {
            throw failure
        } catch {
            throw failure(error as? YamlError)
        }
    }

    private func isEmpty(_ root: Yams.Node) -> Bool {
        guard let scalar = root.scalar else { return false }
        return scalar.string.isEmpty && scalar.style == .plain
    }

    // MARK: - Failures

    /// Does not use the description of Yams, which quotes the text.
    private func failure(_ error: YamlError?) -> YAMLFailure {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // All messages are constants of libyaml. This one names a function that callers can't use.
            guard !problem.begins(with: "Maximum nesting level") else {
                return YAMLFailure("values are nested more than \(YAMLParser.maximumDepth) deep", at: mark)
            }
            guard let context, context.mark.line != mark.line else {
                return YAMLFailure(problem + hint(problem, mark), at: mark)
            }
            return YAMLFailure(problem, at: mark, related: (" \(context.text) that begins on", context.mark.line))
        case .duplicatedKeysInMapping(let keys, let context):
            return duplicate(keys.first ?? "", first: context.mark)
        case .reader(let problem, let offset, _, _):
            let line = offset.map { 1 + text.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } }
            return YAMLFailure(problem, line: line)
        default:
            return YAMLFailure("invalid YAML", line: nil)
        }
    }

    /// Suggests a fix for a message of libyaml; empty if there is none.
    private func hint(_ problem: String, _ mark: Yams.Mark) -> String {
        switch problem {
        case "did not find expected alphabetic or numeric character":
            return "; put a value that begins with '*' or '&' in quotes"
        case "found undefined alias": return "; put a value that begins with '*' in quotes"
        case "mapping values are not allowed in this context": return "; put a value that contains ': ' in quotes"
        case "found character that cannot start any token":
            switch character(at: mark) {
            case "\t": return "; indent with spaces, not with tabs"
            case let sign? where "%@`".unicodeScalars.contains(sign):
                return "; put a value that begins with '\(sign)' in quotes"
            default: return ""
            }
        default: return ""
        }
    }

    private func character(at mark: Yams.Mark) -> Unicode.Scalar? {
        let lines = text.lines
        guard lines.indices.contains(mark.line - 1) else { return nil }
        return lines[mark.line - 1].unicodeScalars.dropFirst(mark.column - 1).first
    }

    private func duplicate(_ key: String, first: Yams.Mark) -> YAMLFailure {
        let second = secondLine(of: key, first: first)
        return YAMLFailure(
            duplicate: key, line: second ?? first.line, column: first.column, first: second.map { _ in first.line })
    }

    /// Returns the line of the second of two equal keys, which Yams does not report: the next occurrence at the same
    /// column, before the map ends with a less indented line. Nil if it is not found, as for some keys in braces.
    private func secondLine(of key: String, first: Yams.Mark) -> Int? {
        let lines = text.lines
        let indent = first.column - 1
        for (index, line) in lines.enumerated().dropFirst(first.line) {
            let content = Substring(line.utf8.drop { $0 == UInt8(ascii: " ") })
            let blanks = line.utf8.count - content.utf8.count
            if content.isEmpty || content.begins(with: "#") || blanks > indent { continue }
            guard blanks == indent else { return nil }
            for spelling in [key, "\"\(key)\"", "'\(key)'"] {
                let rest = content.dropping(prefix: spelling)?.utf8.drop { $0 == UInt8(ascii: " ") }
                if rest?.first == UInt8(ascii: ":") { return index + 1 }
            }
        }
        return nil
    }

    // MARK: - Bombs

    /// True if parsing the text could keep Yams busy for a very long time.
    ///
    /// Nested aliases are harmless until they are expanded. `YAMLParser` counts during expansion, but Yams expands keys
    /// without a limit to find duplicates. A key can contain aliases only if it follows a `?`, ends with a bracket or
    /// is an alias, which is very rare in configurations. This check may report such a key where there is none, but
    /// never misses one. The number of aliases then limits the growth.
    private var isExplosive: Bool {
        var size = Double(text.utf8.count)
        var hasCollectionAsKey = false
        var previous = UInt8(ascii: "\n")
        // The last non-blank byte on this line; `*` for an alias, the line break for an empty line.
        var last = previous
        for byte in text.utf8 {
            let isInName = Self.isNameByte(byte)
            switch byte {
            case UInt8(ascii: "?"):
                // Unicode line breaks are longer than one byte.
                if "\n\r-?[{,".utf8.contains(last) || last >= 0x80 { hasCollectionAsKey = true }
            case UInt8(ascii: ":"):
                if "]}*".utf8.contains(last) { hasCollectionAsKey = true }
            default:
                if previous == UInt8(ascii: "*"), isInName { size *= Self.growth }
            }
            let isInAlias = last == UInt8(ascii: "*") && isInName && !Self.isBlank(previous)
            if !Self.isBlank(byte), !isInAlias { last = byte }
            previous = byte
        }
        return hasCollectionAsKey && size > Self.maximumSize
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
