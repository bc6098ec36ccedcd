/// Reads unsigned numbers, also with an exponent, such as `1.5e-3` (the toolkit's `ExpressionNumberState`).
public struct ExpressionNumberState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a number.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let start = scanner
        guard scanner.peek != "-", let number = GenericNumberState.read(&scanner) else {
            return states.symbol.nextToken(&scanner, states)
        }
        let end = scanner
        guard scanner.skip("e") || scanner.skip("E") else { return number }
        if !scanner.skip("-") { _ = scanner.skip("+") }
        guard scanner.skipDigits() else {
            scanner = end
            return number
        }
        return scanner.token(.float, since: start)
    }
}
