/// The type of a part of a template (the toolkit's `MustacheTokenType`).
public enum MustacheTokenType: String, Sendable, Hashable, CaseIterable {
    /// Literal text.
    case value = "Value"
    /// `{{NAME}}`: the variable's value.
    case variable = "Variable"
    /// `{{{NAME}}}`: the variable's value, escaped for JSON.
    case escapedVariable = "EscapedVariable"
    /// `{{"NAME"}}`: the variable's value in double quotes, valid in YAML and JSON.
    case quotedVariable = "QuotedVariable"
    /// `{{#NAME}}` or `{{#if NAME}}`: rendered if the variable has a value.
    case section = "Section"
    /// `{{^NAME}}` or `{{#unless NAME}}`: rendered if the variable has no value.
    case invertedSection = "InvertedSection"
    /// `{{! text }}`: not rendered.
    case comment = "Comment"
}
