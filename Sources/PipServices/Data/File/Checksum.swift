/// A checksum of 64 bits over bytes that come in pieces (CRC-64 of ECMA-182, as `xz` uses it): it tells torn and decayed
/// data from good, and one file from another. It is no protection against somebody who means it.
struct Checksum: Hashable, Sendable {
    private var state = ~UInt64(0)

    init() {}

    /// The checksum of all of `bytes`.
    init(_ bytes: some Collection<UInt8>) { add(bytes) }

    /// Goes on with more bytes.
    mutating func add(_ bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { state = Self.update(state, $0) }
        if done == nil { Array(bytes).withUnsafeBufferPointer { state = Self.update(state, $0) } }
    }

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

    private static func update(_ state: UInt64, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var state = state
        let raw = UnsafeRawBufferPointer(bytes)
        tables.withUnsafeBufferPointer { tables in
            var index = 0
            // Eight bytes at a time: the tables follow one another.
            while index + 8 <= raw.count {
                let word = state ^ UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                var next: UInt64 = 0
                for place in 0..<8 {
                    next ^= tables[(7 - place) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * place) & 0xFF)]
                }
                state = next
                index += 8
            }
            while index < raw.count {
                state = state >> 8 ^ tables[Int((state ^ UInt64(raw[index])) & 0xFF)]
                index += 1
            }
        }
        return state
    }
}
