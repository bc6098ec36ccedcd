/// Reads numbers without a sign, also with an exponent, such as `1.5e-3` (the toolkit's `ExpressionNumberState`).
public struct ExpressionNumberState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a number.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        guard scanner.peek != "-", let number = GenericNumberState.read(&scanner) else {
            return states.symbol.nextToken(&scanner, states)
        }
        guard let sign = scanner.peek, sign == "e" || sign == "E" else { return number }
        _ = scanner.read()
        var exponent = String.UnicodeScalarView([sign])
        if let sign = scanner.peek, sign == "-" || sign == "+" {
            _ = scanner.read()
            exponent.append(sign)
        }
        let digits = scanner.text(while: \.isDecimalDigit)
        guard !digits.isEmpty else {
            scanner.unreadMany(exponent.count)
            return number
        }
        exponent.append(contentsOf: digits)
        return Token(.float, number.value + String(exponent), line: number.line, column: number.column)
    }
}
