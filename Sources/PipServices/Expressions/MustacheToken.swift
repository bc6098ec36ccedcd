/// A part of a template (the toolkit's `MustacheToken`): text, a variable, or a section with nested parts.
public struct MustacheToken: Sendable, Hashable {
    /// The type of the part.
    public let type: MustacheTokenType
    /// The text of a value or comment; otherwise the variable's name.
    public let value: String
    /// The parts of a section; empty for other types.
    public let tokens: [MustacheToken]
    /// The 1-based line of the template in which the part starts.
    public let line: Int
    /// True for a variable that must have a value: `{{NAME!}}`.
    public let isRequired: Bool

    /// True for a part that is replaced by the value of a variable.
    var isVariable: Bool { [.variable, .escapedVariable, .quotedVariable].contains(type) }

    /// Creates a part of a template.
    public init(
        type: MustacheTokenType, value: String, tokens: [MustacheToken] = [], line: Int = 1, isRequired: Bool = false
    ) {
        self.isRequired = isRequired
        self.type = type
        self.value = value
        self.tokens = tokens
        self.line = line
    }
}
