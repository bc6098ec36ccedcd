/// A template with variables and sections (the toolkit's `MustacheTemplate`), in the dialect of configuration files.
///
/// - `{{NAME}}` inserts the variable's value unchanged, `{{{NAME}}}` escaped for JSON; a missing value inserts nothing.
/// - `{{"NAME"}}` inserts it as a string in double quotes that is valid in YAML and JSON.
/// - `{{NAME!}}`, `{{{NAME!}}}` and `{{"NAME"!}}` do the same for a required variable; rendering fails without a value.
/// - `{{#NAME}}...{{/NAME}}` and `{{#if NAME}}...{{/if}}` are rendered if the variable has a value;
///   `{{^NAME}}...{{/NAME}}` and `{{#unless NAME}}...{{/unless}}` if it has none. `{{/}}` closes the innermost section.
/// - `{{! text }}` is a comment. Partials are not supported, and sections do not iterate.
///
/// Names are case-insensitive; if a name repeats, the first one with a value wins. Null, an empty string, the number 0
/// and false count as no value; the *strings* `0` and `false` count as values. Whitespace at both ends of the template
/// is dropped.
///
///     let template = try MustacheTemplate("port: {{PORT}}{{^PORT}}8080{{/PORT}}")
///     try template.evaluate(["port": "80"])    // port: 80
public struct MustacheTemplate: Sendable {
    /// The source of the template.
    public let template: String
    /// The names of all variables in order of appearance, without duplicates, in their first spelling.
    public let variableNames: [String]
    /// The parts of the template.
    public let resultTokens: [MustacheToken]

    /// Parses a template.
    ///
    /// - Throws: `BadRequest` with a code of ``MustacheErrorCode`` and the details `line` and `column`:
    ///   `UNEXPECTED_SYMBOL`, `UNEXPECTED_END`, `MISTMATCHED_BRACKETS`, `NOT_CLOSED_SECTION`, `UNEXPECTED_SECTION_END`,
    ///   `INTERNAL` or `TOO_DEEP`.
    public init(_ template: String) throws(ApplicationError) {
        self.template = template
        resultTokens = try MustacheParser.parse(template)
        variableNames = Self.variableNames(in: resultTokens)
    }

    /// Renders the template.
    ///
    /// - Parameter variables: the values, converted to strings by ``StringConverter``.
    /// - Throws: `BadRequest` `MISSING_VARIABLE` with the detail `line` if a required variable has no value, unless it
    ///   is in a section that is not rendered.
    public func evaluate(_ variables: AnyValueMap = [:]) throws(ApplicationError) -> String {
        try render(variables).text
    }

    // MARK: - Internal

    /// Renders the template and records the source of each line.
    func render(_ variables: AnyValueMap) throws(ApplicationError) -> RenderedTemplate {
        var renderer = MustacheRenderer(variables)
        renderer.render(resultTokens)
        if let missing = renderer.missing {
            throw .badRequest(
                code: MustacheErrorCode.missingVariable,
                "Template error at line \(missing.line): the variable '\(missing.value)' is required and has no value",
                details: ["line": .integer(Int64(missing.line))])
        }
        return renderer.finish()
    }

    /// Returns the variables whose value is inserted unquoted, with the line of each use.
    func unquoted(_ variables: AnyValueMap) -> [(name: String, line: Int)] {
        let renderer = MustacheRenderer(variables)
        func find(_ tokens: [MustacheToken]) -> [(name: String, line: Int)] {
            tokens.flatMap { token in
                token.type == .variable && renderer.hasValue(token.value)
                    ? [(token.value, token.line)] : find(token.tokens)
            }
        }
        return find(resultTokens)
    }

    /// Returns the variables that have a value, in order of appearance.
    func values(_ variables: AnyValueMap) -> [(name: String, value: String)] {
        let renderer = MustacheRenderer(variables)
        return variableNames.compactMap { name in renderer.value(name).map { (name, $0) } }
    }

    /// Returns the variables that render as nothing, with the line of their first use. They have no value, and no
    /// section of the template handles that. A variable that is a whole value, as in `key: {{NAME}}`, is excluded,
    /// because an empty value counts as unset.
    func unset(_ variables: AnyValueMap) -> [(name: String, line: Int)] {
        let renderer = MustacheRenderer(variables)
        var handled: Set<ScalarText> = []
        var unset: [(name: String, line: Int)] = []
        func note(_ tokens: [MustacheToken], _ act: (MustacheToken, _ isWhole: Bool) -> Void) {
            for (index, token) in tokens.enumerated() {
                act(token, Self.isWholeValue(tokens, index))
                switch token.type {
                case .section where renderer.hasValue(token.value): note(token.tokens, act)
                case .invertedSection where !renderer.hasValue(token.value): note(token.tokens, act)
                default: break
                }
            }
        }
        note(resultTokens) { token, _ in
            if token.type == .invertedSection { handled.insert(ScalarText(folding: token.value)) }
        }
        note(resultTokens) { token, isWhole in
            guard token.isVariable, !isWhole, !renderer.hasValue(token.value),
                handled.insert(ScalarText(folding: token.value)).inserted
            else { return }
            unset.append((token.value, token.line))
        }
        return unset
    }

    /// Returns true if a part of the template is the whole value of a key, judging by the surrounding lines.
    private static func isWholeValue(_ tokens: [MustacheToken], _ index: Int) -> Bool {
        guard index > 0, tokens[index - 1].type == .value else { return false }
        var before = tokens[index - 1].value.unicodeScalars[...]
        let next = index + 1 < tokens.count ? tokens[index + 1] : MustacheToken(type: .value, value: "")
        guard next.type == .value else { return false }
        var after = next.value.unicodeScalars[...]
        if let quote = before.last, quote == "\"" || quote == "'" {
            guard after.first == quote else { return false }
            (before, after) = (before.dropLast(), after.dropFirst())
        }
        guard let gap = before.last, gap == " " else { return false }
        while before.last == " " { before.removeLast() }
        while let next = after.first, next == " " || next == "\r" { after.removeFirst() }
        return before.last == ":" && (after.first.map { "\n,}#".unicodeScalars.contains($0) } ?? true)
    }

    private static func variableNames(in tokens: [MustacheToken]) -> [String] {
        var names: [String] = []
        var seen: Set<ScalarText> = []
        func collect(_ tokens: [MustacheToken]) {
            for token in tokens where token.type != .value && token.type != .comment {
                if seen.insert(ScalarText(folding: token.value)).inserted { names.append(token.value) }
                collect(token.tokens)
            }
        }
        collect(tokens)
        return names
    }
}

/// A rendered template, with the 1-based template line of each rendered line.
struct RenderedTemplate: Sendable {
    let text: String
    let sourceLines: [Int]
    /// The variables that rendered as nothing, with the line of their first use.
    var unset: [(name: String, line: Int)] = []
    /// The variables with an unquoted value, with the lines of their uses.
    var unquoted: [(name: String, line: Int)] = []

    /// Returns the template line of a 1-based rendered line. Lines out of range are clamped.
    func sourceLine(_ line: Int) -> Int { sourceLines[min(max(line, 1), sourceLines.count) - 1] }
}

/// Renders the template and counts lines.
private struct MustacheRenderer {
    private let values: [ScalarText: String]
    private var text = ""
    private var lines: [Int] = []
    private var isAtLineStart = true
    private var lastLine = 1
    /// The first required variable without a value.
    private(set) var missing: MustacheToken?

    init(_ variables: AnyValueMap) {
        var values: [ScalarText: String] = [:]
        for (name, value) in variables {
            let name = ScalarText(folding: name)
            guard values[name] == nil, let text = Self.text(value) else { continue }
            values[name] = text
        }
        self.values = values
    }

    func hasValue(_ name: String) -> Bool { value(name) != nil }

    func value(_ name: String) -> String? { values[ScalarText(folding: name)] }

    // The recursion is bounded by the depth limit of the parser.
    mutating func render(_ tokens: [MustacheToken]) {
        for token in tokens {
            let value = token.type == .value ? token.value : values[ScalarText(folding: token.value)]
            if token.isRequired, value == nil, missing == nil { missing = token }
            switch token.type {
            case .value: append(token.value, from: token.line, isTemplate: true)
            case .variable: append(value ?? "", from: token.line)
            case .escapedVariable: append(Self.escape(value ?? ""), from: token.line)
            case .quotedVariable: append(value.map(Self.quote) ?? "", from: token.line)
            case .section: if value != nil { render(token.tokens) }
            case .invertedSection: if value == nil { render(token.tokens) }
            case .comment: break
            }
        }
    }

    mutating func finish() -> RenderedTemplate {
        if isAtLineStart { lines.append(lastLine) }
        return RenderedTemplate(text: text, sourceLines: lines)
    }

    /// The source of a line is that of its first character. Only text of the template advances the template line.
    private mutating func append(_ piece: String, from line: Int, isTemplate: Bool = false) {
        lastLine = line
        for byte in piece.utf8 {
            if isAtLineStart { lines.append(lastLine) }
            isAtLineStart = byte == UInt8(ascii: "\n")
            if isAtLineStart, isTemplate { lastLine += 1 }
        }
        text += piece
    }

    /// Returns the string form of a value; nil if it counts as no value.
    private static func text(_ value: AnyValue) -> String? {
        switch value {
        case .null, .bool(false), .integer(0): return nil
        case .double(let number) where number == 0 || number.isNaN: return nil
        default: break
        }
        let text = StringConverter.toString(value)
        return text.isEmpty ? nil : text
    }

    /// Returns a string in double quotes that is valid in YAML and JSON.
    private static func quote(_ text: String) -> String {
        var quoted = ""
        for scalar in escape(text).unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return "\"\(quoted)\""
    }

    private static func escape(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"": escaped.append(contentsOf: ["\\", scalar])
            case "\u{8}": escaped.append(contentsOf: "\\b".unicodeScalars)
            case "\u{C}": escaped.append(contentsOf: "\\f".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            case "\r": escaped.append(contentsOf: "\\r".unicodeScalars)
            case "\t": escaped.append(contentsOf: "\\t".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
