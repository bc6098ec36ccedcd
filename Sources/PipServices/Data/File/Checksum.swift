/// An incremental 64-bit checksum (CRC-64 of ECMA-182, as in `xz`). It detects corruption but not tampering.
struct Checksum: Hashable, Sendable {
    private var state = ~UInt64(0)

    init() {}

    /// The checksum of all of `bytes`.
    init(_ bytes: [UInt8]) { add(bytes) }

    /// The checksum of all of `bytes`.
    init(_ bytes: ArraySlice<UInt8>) { state = Self.update(state, bytes.span) }

    /// Adds bytes.
    mutating func add(_ bytes: [UInt8]) { state = Self.update(state, bytes.span) }

    /// The checksum as 16 hexadecimal digits.
    var text: String {
        let digits = String(~state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: - Internal

    private static let tables: [UInt64] = {
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt64(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xC96C_5795_D787_0F42 : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    private static func update(_ state: UInt64, _ bytes: Span<UInt8>) -> UInt64 {
        var state = state
        let tables = tables.span
        var index = 0
        // Processes eight bytes at a time with consecutive tables.
        while index + 8 <= bytes.count {
            var next: UInt64 = 0
            for place in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: state >> UInt64(8 * place)) ^ bytes[index + place]
                next ^= tables[(7 - place) * 256 + Int(byte)]
            }
            state = next
            index += 8
        }
        while index < bytes.count {
            state = state >> 8 ^ tables[Int((state ^ UInt64(bytes[index])) & 0xFF)]
            index += 1
        }
        return state
    }
}
