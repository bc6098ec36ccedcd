/// Codes of the errors in templates (the toolkit's `MustacheErrorCode`), spelled as all editions spell them.
public enum MustacheErrorCode {
    /// A failure of unknown kind.
    public static let unknown = "UNKNOWN"
    /// A combination of marks that has no meaning, such as `{{^if NAME}}`.
    public static let `internal` = "INTERNAL"
    /// The template ends inside a tag.
    public static let unexpectedEnd = "UNEXPECTED_END"
    /// A failure near a place in the template.
    public static let errorNear = "ERROR_NEAR"
    /// A failure at a place in the template.
    public static let errorAt = "ERROR_AT"
    /// A character in a tag that may not stand there. Partials, `{{>NAME}}`, are refused with this code too.
    public static let unexpectedSymbol = "UNEXPECTED_SYMBOL"
    /// A tag opened by two brackets and closed by three, or the other way round. The odd spelling is the public code.
    public static let mismatchedBrackets = "MISTMATCHED_BRACKETS"
    /// A variable that is needed and missing.
    public static let missingVariable = "MISSING_VARIABLE"
    /// A section that is never closed.
    public static let notClosedSection = "NOT_CLOSED_SECTION"
    /// A closing tag that closes nothing, or another section than the open one.
    public static let unexpectedSectionEnd = "UNEXPECTED_SECTION_END"
    /// Sections nested more than 100 deep. Only this edition has the limit.
    public static let tooDeep = "TOO_DEEP"
}
