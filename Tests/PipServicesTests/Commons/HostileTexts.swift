import PipServicesTesting

/// Generates almost valid strings by mutating seeds.
struct HostileTexts {
    let seeds: [String]
    let random: SeededRandom
    /// The inserted bytes, which have a meaning for the parser under test.
    let signs: [UInt8]

    init(seed: UInt64, signs: String = "9", _ seeds: [String]) {
        print("hostile text: seed \(seed)")
        self.seeds = seeds
        self.signs = Array(signs.utf8)
        random = SeededRandom(seed: seed)
    }

    /// Returns the next string as bytes that may be invalid UTF-8.
    func nextBytes() -> [UInt8] {
        var bytes = Array(seeds[random.next(in: 0..<seeds.count)].utf8)
        for _ in 0..<random.next(in: 0..<6) where !bytes.isEmpty {
            let index = random.next(in: 0..<bytes.count)
            switch random.next(in: 0..<5) {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.insert(contentsOf: bytes[index...].prefix(200), at: index)
            case 2: bytes.remove(at: index)
            case 3: bytes.removeSubrange(index..<min(bytes.count, index + 10))
            default: bytes.insert(signs[random.next(in: 0..<signs.count)], at: index)
            }
        }
        return bytes
    }

    /// Returns the next string. Invalid UTF-8 is replaced.
    func next() -> String { String(decoding: nextBytes(), as: UTF8.self) }

    /// The divisor of the full counts and lengths: 1 in `make test-full`, otherwise 5.
    private static let share = TestSize.isFull ? 1 : 5

    /// Returns the tries to run of a full number.
    static func tries(_ full: Int) -> Range<Int> { 0..<full / share }

    /// Returns long repetitive strings that expose superlinear time.
    static func long(_ parts: [String], bytes full: Int = 400_000) -> [String] {
        let bytes = full / share
        return parts.map { String(repeating: $0, count: max(1, bytes / max(1, $0.utf8.count))) }
    }
}
