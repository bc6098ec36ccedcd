/// An id that MongoDB's clients make for documents without an own one: 12 bytes.
///
/// As a field of a `Codable` type it is an ObjectId in MongoDB, and 24 hexadecimal digits elsewhere. Portable filters
/// compare text, so it is not a ``FieldValue``: ask for it by a native filter.
public struct ObjectID: Sendable, Hashable, Codable, CustomStringConvertible {
    let bytes: [UInt8]

    /// An id from 24 hexadecimal digits; nil for any other text.
    public init?(_ text: String) {
        let digits = text.utf8.compactMap(Self.digit)
        guard digits.count == 24, text.utf8.count == 24 else { return nil }
        bytes = stride(from: 0, to: 24, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// 24 hexadecimal digits in lower case.
    public var description: String {
        var digits: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 0xF] { digits.append(digit < 10 ? 48 + digit : 87 + digit) }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Reads the digits.
    public init(from decoder: any Decoder) throws {
        let text = try String(from: decoder)
        guard let id = ObjectID(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "'\(text.shortened)' is no ObjectID; expected 24 hexadecimal digits"))
        }
        self = id
    }

    /// Writes the digits.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }

    // MARK: - Internal

    /// Exactly 12 bytes.
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// A new id: the time in seconds, five bytes that tell processes apart, and a number that counts up.
    init(seconds: Int64, random: UInt64, number: UInt32) {
        var bytes: [UInt8] = []
        for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: seconds >> Int64(24 - 8 * place))) }
        for place in 0..<5 { bytes.append(UInt8(truncatingIfNeeded: random >> UInt64(8 * place))) }
        for place in 0..<3 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(16 - 8 * place))) }
        self.bytes = bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
        default: nil
        }
    }
}
