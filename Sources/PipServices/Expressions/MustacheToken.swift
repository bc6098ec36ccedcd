/// A part of a template (the toolkit's `MustacheToken`): text, a variable, or a section with the parts inside it.
public struct MustacheToken: Sendable, Hashable {
    /// What the part is.
    public let type: MustacheTokenType
    /// The text of a value or comment; the variable's name of anything else.
    public let value: String
    /// The parts inside a section; empty for anything else.
    public let tokens: [MustacheToken]
    /// The line of the template in which the part begins, counted from 1.
    public let line: Int
    /// True for a variable that must have a value: `{{NAME!}}`.
    public let isRequired: Bool

    /// True for a place that the text of a variable fills.
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
