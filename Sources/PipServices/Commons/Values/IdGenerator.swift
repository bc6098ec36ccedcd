/// Generates ids (the toolkit's `IdGenerator`).
public enum IdGenerator {
    /// Returns nine random decimal digits: easy to read out, not unique.
    public static func nextShort(_ random: any RandomSource = SystemRandom()) -> String {
        String(random.next(in: 100_000_000..<1_000_000_000))
    }

    /// Returns a random UUID as 32 lower-case hexadecimal digits, without dashes.
    public static func nextLong(_ random: any RandomSource = SystemRandom()) -> String {
        // The version (4) and variant (binary 10) of RFC 9562 are at fixed positions.
        let high = random.next() & ~0xF000 | 0x4000
        let low = random.next() & ~(0b11 << 62) | 0b10 << 62
        let digits = (0..<32).map { index in
            let word = index < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0xF
            return digit < 10 ? 48 + digit : 87 + digit
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
