public import FoundationEssentials

/// Exact numbers in dynamic values.
extension AnyValue {
    /// Creates a number with all its digits: `.integer` or `.double` if they represent it exactly, otherwise
    /// `.decimal`.
    ///
    /// So 19.9 is the same dynamic value from a `Decimal` and a `Double`, and after conversion to JSON and back.
    /// `Decimal.nan` becomes the NaN of `.double`.
    public init(_ number: Decimal) {
        guard !number.isNaN else {
            self = .double(.nan)
            return
        }
        let text = number.plainText
        if let whole = Int64(text) {
            self = .integer(whole)
        } else if let double = Double(text), Decimal(shortest: double) == number {
            self = .double(double)
        } else {
            self = .decimal(number)
        }
    }

    /// Returns the value as an exact number. A `.double` is converted from its shortest digits, as in JSON. A string
    /// must be entirely a decimal number. Nil for other values and for numbers that `Decimal` can't represent.
    public func getAsNullableDecimal() -> Decimal? {
        switch self {
        case .integer(let value): Decimal(value)
        case .double(let value): Decimal(shortest: value)
        case .decimal(let value): value.isNaN ? nil : value
        case .string(let text): Decimal(exactText: text.trimmed)
        default: nil
        }
    }

    /// Returns the value as an exact number; `default` if it can't be converted.
    public func getAsDecimal(default: Decimal = 0) -> Decimal { getAsNullableDecimal() ?? `default` }
}

// MARK: - Internal

extension Decimal {
    /// The digits without an exponent and without trailing zeros: `-12.5`.
    var plainText: String {
        let text = description
        guard text.utf8.contains(UInt8(ascii: ".")) else { return text }
        var bytes = text.utf8[...]
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return String(Substring(bytes))
    }

    /// True if there is no fraction.
    var isWhole: Bool { !isNaN && !plainText.utf8.contains(UInt8(ascii: ".")) }

    /// The nearest 64-bit integer, halves rounded up.
    var roundedToLong: Int64 {
        let parts = plainText.utf8.split(separator: UInt8(ascii: "."))
        guard let first = parts.first, let whole = Int64(Substring(first)) else { return self < 0 ? .min : .max }
        guard parts.count > 1, let digit = parts[1].first else { return whole }
        if self < 0 {
            let isMore = digit > UInt8(ascii: "5") || digit == UInt8(ascii: "5") && parts[1].count > 1
            return isMore ? whole - (whole == .min ? 0 : 1) : whole
        }
        return digit >= UInt8(ascii: "5") && whole < .max ? whole + 1 : whole
    }

    /// The nearest double.
    var nearestDouble: Double { Double(plainText) ?? .nan }

    /// Creates a number from the shortest digits of a double; nil if a decimal can't represent it.
    init?(shortest number: Double) {
        guard number.isFinite else { return nil }
        self.init(exactText: number.description)
    }

    /// Parses a decimal number, such as `-1.50` or `2e3`; nil for other strings, or if a digit would be lost.
    init?(exactText text: String) {
        var bytes = text.utf8[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        let whole = bytes.prefix(while: isDigit)
        bytes = bytes.dropFirst(whole.count)
        var fraction = bytes.prefix(0)
        if bytes.first == UInt8(ascii: ".") {
            fraction = bytes.dropFirst().prefix(while: isDigit)
            bytes = bytes.dropFirst(fraction.count + 1)
        }
        guard whole.count + fraction.count > 0 else { return nil }
        var exponent = 0
        if let letter = bytes.first {
            let digits = String(Substring(bytes.dropFirst()))
            guard letter | 0x20 == UInt8(ascii: "e"), let power = Int(digits), abs(power) < 1_000_000 else {
                return nil
            }
            exponent = power
        }
        var digits = (Array(whole) + fraction).drop { $0 == UInt8(ascii: "0") }
        exponent -= fraction.count
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        guard !digits.isEmpty else {
            self.init()
            return
        }
        // A decimal has 128 bits of digits and an 8-bit power of ten.
        while exponent > 127, digits.count < 39 {
            digits.append(UInt8(ascii: "0"))
            exponent -= 1
        }
        guard (-128...127).contains(exponent), digits.count <= 39 else { return nil }
        let significand = String(decoding: digits, as: UTF8.self)
        guard UInt128(significand) != nil else { return nil }
        self.init(string: "\(isNegative ? "-" : "")\(significand)e\(exponent)")
    }

    /// Compares all digits. The result is negative, zero or positive, as `left` is less than, equal to or greater than
    /// `right`.
    static func compare(_ left: Decimal, _ right: Decimal) -> Int {
        let (left, right) = (Digits(left), Digits(right))
        if left.sign != right.sign { return left.sign < right.sign ? -1 : 1 }
        return left.sign * left.compareMagnitude(to: right)
    }

    private struct Digits {
        let sign: Int
        let whole: Substring.UTF8View
        let fraction: Substring.UTF8View

        init(_ number: Decimal) {
            var text = number.plainText.utf8[...]
            let isNegative = text.first == UInt8(ascii: "-")
            if isNegative { text.removeFirst() }
            let start = text.prefix { $0 != UInt8(ascii: ".") }
            whole = start.drop { $0 == UInt8(ascii: "0") }
            fraction = text.dropFirst(start.count + 1)
            sign = whole.isEmpty && fraction.isEmpty ? 0 : isNegative ? -1 : 1
        }

        func compareMagnitude(to other: Digits) -> Int {
            if whole.count != other.whole.count { return whole.count < other.whole.count ? -1 : 1 }
            for (left, right) in [(whole, other.whole), (fraction, other.fraction)] {
                if left.elementsEqual(right) { continue }
                return left.lexicographicallyPrecedes(right) ? -1 : 1
            }
            return 0
        }
    }
}
