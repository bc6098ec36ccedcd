/// Parses templates in two steps: first the tags in sequence, then their nesting.
///
/// It works on bytes, examines each at most twice, and keeps open sections on an explicit stack.
struct MustacheParser {
    static let maximumDepth = 100

    static func parse(_ template: String) throws(ApplicationError) -> [MustacheToken] {
        var parser = MustacheParser(template)
        var parts: [Part] = []
        while let part = try parser.nextPart() { parts.append(part) }
        return try parser.nest(parts)
    }

    // MARK: - Parts

    private enum Kind {
        case leaf(MustacheTokenType)
        case open(MustacheTokenType)
        case close
    }

    /// Text or a tag. A closing tag without a name has an empty value.
    private struct Part {
        let kind: Kind
        let value: String
        let place: Place
        var isRequired = false
    }

    /// The column is computed only for errors: computing it for every tag of a long line would take quadratic time.
    private struct Place {
        let line: Int
        let lineStart: Int
        let offset: Int
    }

    private let bytes: [UInt8]
    private let end: Int
    private var offset = 0
    private var line = 1
    private var lineStart = 0

    private init(_ template: String) {
        let scalars = template.unicodeScalars
        let first = scalars.firstIndex { !Self.isTrimmed($0) } ?? scalars.endIndex
        let last = scalars.lastIndex { !Self.isTrimmed($0) }
        bytes = Array(template.utf8)
        end = last.map { template.utf8.distance(from: template.startIndex, to: scalars.index(after: $0)) } ?? 0
        let start = min(end, template.utf8.distance(from: template.startIndex, to: first))
        // Dropped lines are counted too.
        while offset < start { advance() }
    }

    /// A byte order mark is dropped with the whitespace.
    private static func isTrimmed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "\u{FEFF}"
    }

    private var place: Place { Place(line: line, lineStart: lineStart, offset: offset) }

    private mutating func nextPart() throws(ApplicationError) -> Part? {
        guard offset < end else { return nil }
        let place = place
        if skip("{{{") { return try tag(closedBy: "}}}", openedAt: place) }
        if skip("{{") { return try tag(closedBy: "}}", openedAt: place) }
        while offset < end, !isNext("{{") { advance() }
        return Part(kind: .leaf(.value), value: text(from: place), place: place)
    }

    private mutating func tag(closedBy bracket: StaticString, openedAt place: Place) throws(ApplicationError) -> Part {
        try skipBlanks(openedAt: place)
        if skip("!") { return try comment(closedBy: bracket, openedAt: place) }
        let mark = skipMark()
        try skipBlanks(openedAt: place)
        let isQuoted = mark == nil && bracket.utf8CodeUnitCount == 2 && skip("\"")
        guard offset < end else { throw unexpectedEnd(place) }
        var words: [String] = []
        // `if` or `unless` as the first word after a mark may be followed by a second word.
        while words.count < (mark != nil && Self.isKeyword(words.first) ? 2 : 1), let word = word() {
            words.append(word)
            try skipBlanks(openedAt: place)
        }
        guard mark == UInt8(ascii: "/") || !words.isEmpty else {
            let isPartial = bytes[offset] == UInt8(ascii: ">")
            let message = isPartial ? "partials are not supported" : "a name is expected"
            throw error(MustacheErrorCode.unexpectedSymbol, message)
        }
        guard !isQuoted || skip("\"") else {
            throw error(MustacheErrorCode.unexpectedSymbol, "a quotation mark is expected after the name")
        }
        if isQuoted { try skipBlanks(openedAt: place) }
        let isRequired = mark == nil && skip("!")
        if isRequired { try skipBlanks(openedAt: place) }
        try close(bracket)
        let (kind, value) = try meaning(of: mark, words, isEscaped: bracket.utf8CodeUnitCount == 3, place)
        return Part(
            kind: isQuoted ? .leaf(.quotedVariable) : kind, value: value, place: place, isRequired: isRequired)
    }

    private func meaning(
        of mark: UInt8?, _ words: [String], isEscaped: Bool, _ place: Place
    ) throws(ApplicationError) -> (Kind, String) {
        let keyword = words.count == 2 ? words[0] : nil
        switch mark {
        case UInt8(ascii: "/"):
            // `{{/if}}`, `{{/unless}}` and `{{/}}` close the innermost section.
            let name = words.last ?? ""
            return (.close, words.count == 1 && Self.isKeyword(name) ? "" : name)
        case UInt8(ascii: "#"):
            return (.open(keyword == "unless" ? .invertedSection : .section), words[words.count - 1])
        case UInt8(ascii: "^"):
            guard keyword == nil else {
                throw error(MustacheErrorCode.internal, "'^' accepts only a name, without 'if' or 'unless'", place)
            }
            return (.open(.invertedSection), words[0])
        default:
            return (.leaf(isEscaped ? .escapedVariable : .variable), words[0])
        }
    }

    private mutating func comment(
        closedBy bracket: StaticString, openedAt place: Place
    ) throws(ApplicationError) -> Part {
        let start = self.place
        while offset < end, !isNext(bracket) { advance() }
        let text = text(from: start)
        guard skip(bracket) else { throw unexpectedEnd(place) }
        return Part(kind: .leaf(.comment), value: text, place: place)
    }

    // MARK: - Characters

    private func isNext(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard end - offset >= count else { return false }
        return (0..<count).allSatisfy { bytes[offset + $0] == text.utf8Start[$0] }
    }

    private mutating func advance() {
        offset += 1
        guard bytes[offset - 1] == UInt8(ascii: "\n") else { return }
        line += 1
        lineStart = offset
    }

    /// For strings without line breaks only.
    private mutating func skip(_ text: StaticString) -> Bool {
        guard isNext(text) else { return false }
        offset += text.utf8CodeUnitCount
        return true
    }

    private mutating func skipMark() -> UInt8? {
        guard offset < end, "#^/".utf8.contains(bytes[offset]) else { return nil }
        offset += 1
        return bytes[offset - 1]
    }

    private mutating func skipBlanks(openedAt place: Place) throws(ApplicationError) {
        while offset < end, bytes[offset] <= UInt8(ascii: " ") { advance() }
        guard offset < end else { throw unexpectedEnd(place) }
    }

    private mutating func close(_ bracket: StaticString) throws(ApplicationError) {
        let isThree = isNext("}}}")
        guard isThree || isNext("}}") else {
            throw error(MustacheErrorCode.unexpectedSymbol, "'\(bracket)' is expected after the name")
        }
        guard isThree == (bracket.utf8CodeUnitCount == 3) else {
            let hint = isThree ? "; a '}' that follows needs a space before it: '}} }'" : ""
            throw error(MustacheErrorCode.mismatchedBrackets, "the tag must be closed by '\(bracket)'\(hint)")
        }
        offset += bracket.utf8CodeUnitCount
    }

    private mutating func word() -> String? {
        let start = place
        while offset < end, Self.isWordByte(bytes[offset], isFirst: offset == start.offset) { offset += 1 }
        return offset == start.offset ? nil : text(from: start)
    }

    /// Letters, digits, `_`, after the first character also `-`, and everything from U+00C0: only U+0080 to U+00BF
    /// start with 0xC2.
    private static func isWordByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        case UInt8(ascii: "-"): !isFirst
        default: byte >= 0x80 && byte != 0xC2
        }
    }

    private static func isKeyword(_ word: String?) -> Bool { word == "if" || word == "unless" }

    private func text(from place: Place) -> String { String(decoding: bytes[place.offset..<offset], as: UTF8.self) }

    // MARK: - Sections

    private struct OpenSection {
        let type: MustacheTokenType
        let name: String
        let place: Place
        var tokens: [MustacheToken] = []

        var token: MustacheToken { MustacheToken(type: type, value: name, tokens: tokens, line: place.line) }
    }

    private func nest(_ parts: [Part]) throws(ApplicationError) -> [MustacheToken] {
        // The outermost entry is the template itself.
        var sections = [OpenSection(type: .value, name: "", place: Place(line: 1, lineStart: 0, offset: 0))]
        for part in parts {
            switch part.kind {
            case .leaf(let type):
                let token = MustacheToken(
                    type: type, value: part.value, line: part.place.line, isRequired: part.isRequired)
                sections[sections.count - 1].tokens.append(token)
            case .open(let type):
                guard sections.count <= Self.maximumDepth else { throw tooDeep(part.place) }
                sections.append(OpenSection(type: type, name: part.value, place: part.place))
            case .close:
                let section = sections.removeLast()
                guard !sections.isEmpty else { throw closesNothing(part.place) }
                guard part.value.isEmpty || part.value.isSame(as: section.name) else {
                    throw closesAnother(section.place, part.place)
                }
                sections[sections.count - 1].tokens.append(section.token)
            }
        }
        guard sections.count == 1 else { throw notClosed(sections[sections.count - 1].place) }
        return sections[0].tokens
    }

    // MARK: - Errors
    // Messages do not quote the template: what looks like a tag may be part of a password.

    private func unexpectedEnd(_ place: Place) -> ApplicationError {
        error(MustacheErrorCode.unexpectedEnd, "the tag is never closed", place)
    }

    private func tooDeep(_ place: Place) -> ApplicationError {
        error(MustacheErrorCode.tooDeep, "sections are nested more than \(Self.maximumDepth) deep", place)
    }

    private func closesNothing(_ place: Place) -> ApplicationError {
        error(MustacheErrorCode.unexpectedSectionEnd, "there is no open section to close", place)
    }

    private func closesAnother(_ opened: Place, _ place: Place) -> ApplicationError {
        let message = "the closing tag does not match the section that line \(opened.line) opens"
        return error(MustacheErrorCode.unexpectedSectionEnd, message, place)
    }

    private func notClosed(_ place: Place) -> ApplicationError {
        error(MustacheErrorCode.notClosedSection, "the section is never closed", place)
    }

    private func error(_ code: String, _ message: String, _ place: Place? = nil) -> ApplicationError {
        let place = place ?? self.place
        // One more than the number of characters before it. Bytes 10xxxxxx continue a character.
        let column = 1 + bytes[place.lineStart..<place.offset].count { $0 & 0xC0 != 0x80 }
        return .badRequest(
            code: code, "Template error at line \(place.line), column \(column): \(message)",
            details: ["line": .integer(Int64(place.line)), "column": .integer(Int64(column))])
    }
}
