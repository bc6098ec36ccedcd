/// The SHA-256 hash function (FIPS 180-4), for keys that memcached does not accept.
enum MemcachedKeyHash {
    /// The hash in 64 hexadecimal digits.
    static func hex(of message: [UInt8]) -> String {
        var state = initial
        var padded = message
        padded.append(0x80)
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) &* 8
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        for start in stride(from: 0, to: padded.count, by: 64) { mix(&state, padded[start..<start + 64]) }
        let digits = Array("0123456789abcdef".utf8)
        let text = state.flatMap { word in
            stride(from: 28, through: 0, by: -4).map { digits[Int(word >> UInt32($0) & 15)] }
        }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: - Internal

    private static let primes = (2...311).filter { number in !(2..<number).contains { number.isMultiple(of: $0) } }
    private static let initial = primes.prefix(8).map { fraction(Double($0).squareRoot()) }
    private static let constants = primes.map { fraction(cubeRoot(Double($0))) }

    /// The first 32 bits of the fraction.
    private static func fraction(_ number: Double) -> UInt32 {
        UInt32(truncatingIfNeeded: UInt64((number - number.rounded(.down)) * 4_294_967_296))
    }

    /// Newton's method, exact to the last bit or two.
    private static func cubeRoot(_ number: Double) -> Double {
        var root = number / 3
        for _ in 0..<60 { root -= (root * root * root - number) / (3 * root * root) }
        return root
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static func mix(_ state: inout [UInt32], _ block: ArraySlice<UInt8>) {
        var words = [UInt32](repeating: 0, count: 64)
        for (index, byte) in block.enumerated() { words[index / 4] = words[index / 4] << 8 | UInt32(byte) }
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            words[index] =
                words[index - 16] &+ (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) &+ words[index - 7]
                &+ (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10)
        }
        var turn = state
        for index in 0..<64 {
            let choice = turn[4] & turn[5] ^ ~turn[4] & turn[6]
            let majority = turn[0] & turn[1] ^ turn[0] & turn[2] ^ turn[1] & turn[2]
            let first =
                turn[7] &+ (rotate(turn[4], 6) ^ rotate(turn[4], 11) ^ rotate(turn[4], 25)) &+ choice
                &+ constants[index] &+ words[index]
            let second = (rotate(turn[0], 2) ^ rotate(turn[0], 13) ^ rotate(turn[0], 22)) &+ majority
            turn = [first &+ second, turn[0], turn[1], turn[2], turn[3] &+ first, turn[4], turn[5], turn[6]]
        }
        for index in 0..<8 { state[index] = state[index] &+ turn[index] }
    }
}
