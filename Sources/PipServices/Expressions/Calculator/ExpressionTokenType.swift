/// The kinds of parts of an expression (the toolkit's `ExpressionTokenType`).
public enum ExpressionTokenType: Int, Sendable, CaseIterable {
    /// No known kind.
    case unknown
    /// `(`
    case leftBrace
    /// `)`
    case rightBrace
    /// `[`
    case leftSquareBrace
    /// `]`
    case rightSquareBrace
    /// `+`
    case plus
    /// `-`
    case minus
    /// `*`
    case star
    /// `/`
    case slash
    /// `%`, spelled as in the toolkit.
    case procent
    /// `^`
    case power
    /// `=`
    case equal
    /// `<>` or `!=`
    case notEqual
    /// `>`
    case more
    /// `<`
    case less
    /// `>=`
    case equalMore
    /// `<=`
    case equalLess
    /// `<<`
    case shiftLeft
    /// `>>`
    case shiftRight
    /// `AND`
    case and
    /// `OR`
    case or
    /// `XOR`
    case xor
    /// `IS`, which only stands before `NULL` and `NOT NULL`.
    case `is`
    /// `IN`
    case `in`
    /// `NOT IN`
    case notIn
    /// An element, `a[i]`.
    case element
    /// `NULL`, which only stands after `IS`, `=` and `<>`.
    case null
    /// `NOT`
    case not
    /// `LIKE`, which can be written but not evaluated.
    case like
    /// `NOT LIKE`, which can be written but not evaluated.
    case notLike
    /// `IS NULL`
    case isNull
    /// `IS NOT NULL`
    case isNotNull
    /// `,`
    case comma
    /// The sign of a negative value.
    case unary
    /// The name of a function; the number of its arguments comes before.
    case function
    /// The name of a variable.
    case variable
    /// A value.
    case constant
}
