/// Writes dynamic values as compact JSON in UTF-8, in the format of the Node edition.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    static func bytes(of value: AnyValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(256)
        writer.write(value)
        return writer.bytes
    }

    mutating func write(_ value: AnyValue) {
        switch value {
        case .null: literal("null")
        case .bool(let value): value ? literal("true") : literal("false")
        case .integer(let value): write(value)
        case .double(let value): value.isFinite ? append(StringConverter.toString(value)) : literal("null")
        case .decimal(let value): value.isNaN ? literal("null") : append(value.plainText)
        case .string(let text): writeQuoted(text)
        case .date(let date): writeQuoted(ISODate.format(date))
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for value in values {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                write(value)
            }
            bytes.append(UInt8(ascii: "]"))
        case .map(let map):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (name, value) in map.storage {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                writeQuoted(name.text)
                bytes.append(UInt8(ascii: ":"))
                write(value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    // MARK: - Internal

    private mutating func literal(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ value: Int64) {
        if (0..<10).contains(value) { bytes.append(UInt8(48 + value)) } else { append(String(value)) }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func writeQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.contains(where: Self.needsEscape) {
            for byte in text.utf8 {
                if Self.needsEscape(byte) { writeEscape(of: byte) } else { bytes.append(byte) }
            }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func writeEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            literal("u00")
            bytes.append(UInt8(ascii: byte < 0x10 ? "0" : "1"))
            let low = byte & 0x0F
            bytes.append(low < 10 ? 48 + low : 87 + low)
        }
    }
}
