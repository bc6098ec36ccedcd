/// Reads numbers such as `12`, `-1.5`, `.5` and `5.` (the toolkit's `GenericNumberState`). A `-` or `.` without digits
/// is a symbol.
public struct GenericNumberState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a number.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        Self.read(&scanner) ?? states.symbol.nextToken(&scanner, states)
    }

    // MARK: - Internal

    /// Reads a number; returns nil and reads nothing if there is none.
    static func read(_ scanner: inout StringScanner) -> Token? {
        let start = scanner
        _ = scanner.skip("-")
        var hasDigits = scanner.skipDigits()
        let hasDot = scanner.skip(".")
        if hasDot, scanner.skipDigits() { hasDigits = true }
        guard hasDigits else {
            scanner = start
            return nil
        }
        return scanner.token(hasDot ? .float : .integer, since: start)
    }
}

extension StringScanner {
    /// Skips digits; returns false if there are none.
    mutating func skipDigits() -> Bool {
        guard peek?.isDecimalDigit == true else { return false }
        skip(while: \.isDecimalDigit)
        return true
    }
}
