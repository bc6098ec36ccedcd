import FoundationEssentials

/// Interprets plain YAML scalars by the core schema of YAML 1.2, as the Node edition does.
///
/// `yes` and `1:30` are strings, `010` is ten, `0o10` is eight and `12_000` is a number. Dates stay strings.
enum YAMLScalar {
    static func resolve(_ text: String) -> AnyValue {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: number(text) ?? .string(text)
        }
    }

    /// Parses a number; nil if `text` is not one.
    static func number(_ text: String) -> AnyValue? {
        guard let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first) else { return nil }
        return special(text) ?? based(text) ?? decimal(text)
    }

    private static func special(_ text: String) -> AnyValue? {
        switch text {
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": .double(-.infinity)
        case ".nan", ".NaN", ".NAN": .double(.nan)
        default: nil
        }
    }

    /// Parses `0b101`, `0o17` and `0x1F`, with a sign and with `_` between the digits.
    private static func based(_ text: String) -> AnyValue? {
        var bytes = text.utf8[...]
        let isNegative = skipSign(&bytes)
        guard bytes.first == UInt8(ascii: "0"), let letter = bytes.dropFirst().first else { return nil }
        let radix: Int
        switch letter {
        case UInt8(ascii: "b"): radix = 2
        case UInt8(ascii: "o"): radix = 8
        case UInt8(ascii: "x"): radix = 16
        default: return nil
        }
        let digits = bytes.dropFirst(2).filter { $0 != UInt8(ascii: "_") }
        guard !digits.isEmpty, bytes.last != UInt8(ascii: "_") else { return nil }
        var value = 0.0
        for digit in digits {
            guard let digit = digit.hexDigitValue, digit < radix else { return nil }
            value = value * Double(radix) + Double(digit)
        }
        // Exact within 64 bits; larger numbers lose digits.
        let exact = Int64((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self), radix: radix)
        return exact.map { .integer($0) } ?? .double(isNegative ? -value : value)
    }

    /// Parses `12`, `-12_000`, `1.5`, `1e3` and `.5`. A sign before a leading point makes a string, as in Node.
    private static func decimal(_ text: String) -> AnyValue? {
        var rest = text.utf8[...]
        skipSign(&rest)
        let hasSign = rest.startIndex > text.startIndex
        guard rest.last != UInt8(ascii: "_"), let first = rest.first else { return nil }
        guard isDigit(first) || (first == UInt8(ascii: ".") && !hasSign) else { return nil }
        skipDigits(&rest)
        var isWhole = true
        if rest.first == UInt8(ascii: ".") {
            isWhole = false
            rest = rest.dropFirst()
            let isNeeded = first == UInt8(ascii: ".")
            guard skipDigits(&rest) || !isNeeded else { return nil }
        }
        if let byte = rest.first, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isWhole = false
            rest = rest.dropFirst()
            if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
            guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return nil }
            rest = rest.suffix(0)
        }
        guard rest.isEmpty else { return nil }
        let digits = text.filter { $0 != "_" }
        if isWhole, let value = Int64(digits) { return .integer(value) }
        guard let number = Double(digits) else { return nil }
        // Keeps exact decimals, so that a price is the same as in JSON.
        if let exact = Decimal(exactText: digits), Decimal(shortest: number) != exact { return AnyValue(exact) }
        return .double(number)
    }

    /// Returns true for a minus sign.
    @discardableResult
    private static func skipSign(_ bytes: inout Substring.UTF8View) -> Bool {
        guard let first = bytes.first, "+-".utf8.contains(first) else { return false }
        bytes = bytes.dropFirst()
        return first == UInt8(ascii: "-")
    }

    @discardableResult
    private static func skipDigits(_ bytes: inout Substring.UTF8View) -> Bool {
        let rest = bytes.drop { isDigit($0) || $0 == UInt8(ascii: "_") }
        defer { bytes = rest }
        return rest.count < bytes.count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
