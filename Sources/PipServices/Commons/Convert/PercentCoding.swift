/// Percent-encodes and decodes strings.
enum PercentCoding {
    /// Decodes a string: `%41` becomes `A`. Malformed escapes are left unchanged.
    static func decode(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || plusIsBlank && $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        return String(decoding: decodedBytes(text, plusIsBlank: plusIsBlank), as: UTF8.self)
    }

    /// Returns true if the decoded bytes are valid UTF-8.
    static func isText(_ text: some StringProtocol) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return true }
        return String(validating: decodedBytes(text, plusIsBlank: false), as: UTF8.self) != nil
    }

    private static func decodedBytes(_ text: some StringProtocol, plusIsBlank: Bool) -> [UInt8] {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "+"), plusIsBlank {
                decoded.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), index + 1 < bytes.count,
                let high = bytes[index].hexDigitValue, let low = bytes[index + 1].hexDigitValue
            {
                decoded.append(high << 4 | low)
                index += 2
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }

    /// Escapes everything except letters, digits and `-_.!~*'()`, as JavaScript's `encodeURIComponent` does.
    static func encode(_ text: String) -> String {
        guard let end = text.utf8.firstIndex(where: { !isPlain($0) }) else { return text }
        var encoded = Array(text.utf8[..<end])
        for byte in text.utf8[end...] {
            if isPlain(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "~"),
            UInt8(ascii: "*"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        default: false
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
