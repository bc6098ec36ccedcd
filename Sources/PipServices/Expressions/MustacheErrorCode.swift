/// The codes of errors in templates (the toolkit's `MustacheErrorCode`), spelled as in all editions.
public enum MustacheErrorCode {
    /// An unknown failure.
    public static let unknown = "UNKNOWN"
    /// An invalid combination of marks, such as `{{^if NAME}}`.
    public static let `internal` = "INTERNAL"
    /// The template ends inside a tag.
    public static let unexpectedEnd = "UNEXPECTED_END"
    /// An error near a position in the template.
    public static let errorNear = "ERROR_NEAR"
    /// An error at a position in the template.
    public static let errorAt = "ERROR_AT"
    /// An invalid character in a tag. Partials, `{{>NAME}}`, are rejected with this code too.
    public static let unexpectedSymbol = "UNEXPECTED_SYMBOL"
    /// A tag opened by two brackets and closed by three, or vice versa. The misspelling is part of the public code.
    public static let mismatchedBrackets = "MISTMATCHED_BRACKETS"
    /// A required variable without a value.
    public static let missingVariable = "MISSING_VARIABLE"
    /// A section that is not closed.
    public static let notClosedSection = "NOT_CLOSED_SECTION"
    /// A closing tag without an open section, or for another section than the open one.
    public static let unexpectedSectionEnd = "UNEXPECTED_SECTION_END"
    /// More than 100 nested sections. Only this edition has the limit.
    public static let tooDeep = "TOO_DEEP"
}
