/// What a part of a template is (the toolkit's `MustacheTokenType`).
public enum MustacheTokenType: String, Sendable, Hashable, CaseIterable {
    /// Text that is rendered as it is.
    case value = "Value"
    /// `{{NAME}}`: the variable's text.
    case variable = "Variable"
    /// `{{{NAME}}}`: the variable's text, escaped for JSON.
    case escapedVariable = "EscapedVariable"
    /// `{{"NAME"}}`: the variable's text as a string in double quotes, which YAML and JSON read as that text.
    case quotedVariable = "QuotedVariable"
    /// `{{#NAME}}` or `{{#if NAME}}`: rendered when the variable has a value.
    case section = "Section"
    /// `{{^NAME}}` or `{{#unless NAME}}`: rendered when the variable has no value.
    case invertedSection = "InvertedSection"
    /// `{{! text }}`: not rendered.
    case comment = "Comment"
}
