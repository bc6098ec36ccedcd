/// A filter independent of a model. Drivers translate it into the language of their system.
///
/// Paths are the JSON names of fields, joined by dots. If a path, or a part of it, refers to a list, a condition holds
/// if it holds for the list or for one of its elements. docs/data.md defines each condition.
public indirect enum FilterExpression: Sendable, Hashable {
    /// A comparison of a field with a value.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        /// The field equals the value. Null equals null and missing.
        case equal
        /// The field has the value's type and is less than the value.
        case less
        /// The field has the value's type and is less than or equal to the value.
        case lessOrEqual
        /// The field has the value's type and is greater than the value.
        case greater
        /// The field has the value's type and is greater than or equal to the value.
        case greaterOrEqual
    }

    /// A match of a string with another one.
    public enum TextMatch: String, Sendable, Hashable, CaseIterable {
        /// Equal.
        case whole
        /// Has the prefix.
        case prefix
        /// Contains the string.
        case contains
    }

    /// The comparison of the field with the value holds.
    case compare(path: String, Comparison, AnyValue)
    /// The field equals one of the values.
    case oneOf(path: String, [AnyValue])
    /// The field is a string that matches.
    case text(path: String, TextMatch, String, ignoringCase: Bool)
    /// All expressions hold; true if there are none.
    case and([FilterExpression])
    /// At least one expression holds; false if there are none.
    case or([FilterExpression])
    /// The expression does not hold.
    case not(FilterExpression)

    /// Holds for all documents.
    public static let all = FilterExpression.and([])
    /// Holds for no documents.
    public static let none = FilterExpression.or([])

    /// Returns true if the expression holds for a document.
    public func matches(_ document: AnyValue) -> Bool {
        FilterProgram<AnyValue>(self) { path in
            let parts = DocumentPath(path)
            return { parts.value(in: $0) }
        }.holds(document)
    }

    /// The operands of nested `and` expressions.
    public var conjuncts: [FilterExpression] {
        if case .and(let parts) = self { parts.flatMap(\.conjuncts) } else { [self] }
    }
}
