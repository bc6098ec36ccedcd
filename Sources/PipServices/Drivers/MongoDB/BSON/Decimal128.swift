import FoundationEssentials

/// A 128-bit decimal number in the binary integer encoding of IEEE 754-2008.
struct Decimal128: Sendable, Hashable {
    let low: UInt64
    let high: UInt64

    init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

    /// Nil for a number of more than 34 digits. NaN is preserved.
    init?(_ number: Decimal) {
        guard !number.isNaN else {
            self.init(low: 0, high: 0x7C00_0000_0000_0000)
            return
        }
        var bytes = Array(number.plainText.utf8)
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        var exponent = 0
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")) {
            bytes.remove(at: point)
            exponent = point - bytes.count
        }
        // Trailing zeros are kept if possible, as in `1000`.
        while bytes.count > 34, bytes.last == UInt8(ascii: "0") {
            bytes.removeLast()
            exponent += 1
        }
        let digits = bytes.drop { $0 == UInt8(ascii: "0") }
        guard digits.count <= 34, let value = UInt128(digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self))
        else { return nil }
        let sign: UInt64 = isNegative ? 1 << 63 : 0
        let power = UInt64(exponent + Self.bias) << 49
        self.init(
            low: UInt64(truncatingIfNeeded: value), high: sign | power | UInt64(truncatingIfNeeded: value >> 64))
    }

    /// The dynamic value: a number outside the range of `Decimal` becomes the nearest `Double`, possibly infinite.
    var value: AnyValue {
        let isNegative = high >> 63 == 1
        switch high >> 58 & 0b11111 {
        case 0b11111: return .double(.nan)
        case 0b11110: return .double(isNegative ? -.infinity : .infinity)
        default: break
        }
        var digits = UInt128(high & 0x1_FFFF_FFFF_FFFF) << 64 | UInt128(low)
        var exponent = Int(high >> 49 & 0x3FFF) - Self.bias
        // An encoding of more digits than allowed, or too many digits: both mean zero.
        if high >> 61 & 0b11 == 0b11 || digits > Self.largest { (digits, exponent) = (0, 0) }
        let text = (isNegative ? "-" : "") + "\(digits)e\(exponent)"
        if let number = Decimal(exactText: text) { return AnyValue(number) }
        return .double(Double(text) ?? .nan)
    }

    // MARK: - Internal

    private static let bias = 6176
    private static let largest = UInt128("9999999999999999999999999999999999") ?? .max
}
