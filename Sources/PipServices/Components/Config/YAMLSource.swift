internal import Yams

/// A YAML text, and Yams put to work on it: gives the document, or says what is wrong without quoting the text.
struct YAMLSource {
    /// What each alias can multiply a text by, at most: three at a time they make it three times as large.
    private static let growth = 1.45
    /// How large a key may grow, in bytes: Yams then needs a second or two.
    private static let maximumSize = 1e7

    private let text: String

    init(_ text: String) { self.text = text }

    /// The root of the one document that is not empty; nil when all are.
    ///
    /// Configuration files of the other editions may open with `---` twice, which makes an empty document.
    func document() throws(YAMLFailure) -> Yams.Node? {
        guard !isExplosive else {
            throw YAMLFailure("keys that are collections may not stand beside many aliases", line: nil)
        }
        do {
            // The basic resolver takes all scalars for texts, without trying patterns.
            let parser = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8)
            var document: Yams.Node?
            while let root = try parser.nextRoot() {
                guard !isEmpty(root) else { continue }
                guard document == nil else {
                    throw YAMLFailure("a second document follows: only one is read", at: root.mark)
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

    /// Not the description that Yams gives: it quotes the text.
    private func failure(_ error: YamlError?) -> YAMLFailure {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // All texts are constants of libyaml. This one names a function that nobody here can call.
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
            return YAMLFailure("the text is no YAML", line: nil)
        }
    }

    /// What to do about a problem, by libyaml's text; empty if that is not known.
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

    /// The line of the second of two equal keys, which Yams does not tell: the next one at the same column, before the
    /// map ends with a line that is indented less. Nil for keys of a map in braces that are not found so.
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

    /// True for a text that could keep Yams busy for ever.
    ///
    /// Aliases of lists of aliases are harmless until someone walks through what they stand for. `YAMLParser` counts
    /// as it walks; but Yams, to find duplicates, walks through keys and does not count. A key can hold aliases only
    /// when it follows a `?`, ends with a bracket or is an alias, which hardly any configuration has. Other texts may
    /// be taken for such a key, but none is missed; then the number of aliases limits what they can grow to.
    private var isExplosive: Bool {
        var size = Double(text.utf8.count)
        var hasCollectionAsKey = false
        var previous = UInt8(ascii: "\n")
        // The last byte on this line that is not blank; for an alias its `*`, for an empty line its break.
        var last = previous
        for byte in text.utf8 {
            let isInName = Self.isNameByte(byte)
            switch byte {
            case UInt8(ascii: "?"):
                // Line breaks of other scripts are longer than a byte.
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
