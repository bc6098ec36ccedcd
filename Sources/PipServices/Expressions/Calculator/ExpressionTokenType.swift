/// The types of tokens in an expression (the toolkit's `ExpressionTokenType`).
public enum ExpressionTokenType: Int, Sendable, CaseIterable {
    /// An unknown type.
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
    /// `%` (the toolkit's spelling).
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
    /// `IS`, which is valid only before `NULL` and `NOT NULL`.
    case `is`
    /// `IN`
    case `in`
    /// `NOT IN`
    case notIn
    /// Element access, `a[i]`.
    case element
    /// `NULL`, which is valid only after `IS`, `=` and `<>`.
    case null
    /// `NOT`
    case not
    /// `LIKE`, which can be parsed but not evaluated.
    case like
    /// `NOT LIKE`, which can be parsed but not evaluated.
    case notLike
    /// `IS NULL`
    case isNull
    /// `IS NOT NULL`
    case isNotNull
    /// `,`
    case comma
    /// The sign of a negative value.
    case unary
    /// The name of a function, preceded by the number of its arguments.
    case function
    /// The name of a variable.
    case variable
    /// A constant.
    case constant
}
