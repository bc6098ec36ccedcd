/// What a filter asks, in a form that names no model: drivers translate it into the language of their system.
///
/// Paths name fields by their names in JSON, joined by dots. When a path, or a part of it, holds a list, a condition holds
/// if it holds for the list or for one of its elements. What exactly each condition means is written down in docs/data.md.
public indirect enum FilterExpression: Sendable, Hashable {
    /// How a field is compared with a value.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        /// Equal. Null is equal to null and to what is missing.
        case equal
        /// Of the same kind as the value, and before it.
        case less
        /// Of the same kind as the value, and before it or equal.
        case lessOrEqual
        /// Of the same kind as the value, and after it.
        case greater
        /// Of the same kind as the value, and after it or equal.
        case greaterOrEqual
    }

    /// How a text is matched with another one.
    public enum TextMatch: String, Sendable, Hashable, CaseIterable {
        /// It is the text.
        case whole
        /// It begins with the text.
        case prefix
        /// The text stands somewhere in it.
        case contains
    }

    /// The field compares so with the value.
    case compare(path: String, Comparison, AnyValue)
    /// The field is equal to one of the values.
    case oneOf(path: String, [AnyValue])
    /// The field is a text that matches the text.
    case text(path: String, TextMatch, String, ignoringCase: Bool)
    /// All hold; true when there is none.
    case and([FilterExpression])
    /// One holds; false when there is none.
    case or([FilterExpression])
    /// It does not hold.
    case not(FilterExpression)

    /// Holds for everything.
    public static let all = FilterExpression.and([])
    /// Holds for nothing.
    public static let none = FilterExpression.or([])

    /// True when the expression holds for a document.
    public func matches(_ document: AnyValue) -> Bool {
        FilterProgram<AnyValue>(self) { path in
            let parts = DocumentPath(path)
            return { parts.value(in: $0) }
        }.holds(document)
    }

    /// The expressions that must all hold, without `and` around them.
    public var conjuncts: [FilterExpression] {
        if case .and(let parts) = self { parts.flatMap(\.conjuncts) } else { [self] }
    }
}
