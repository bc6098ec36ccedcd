/// A source of random numbers for the components of a service: the system's, or in tests a generator with a seed.
///
/// Components read it through a ``RandomSlot``. They do not use `SystemRandomNumberGenerator`.
public protocol RandomSource: Sendable {
    /// Returns 64 random bits.
    func next() -> UInt64
}

extension RandomSource {
    /// Returns a random integer in a range, which must not be empty.
    public func next(in range: Range<Int>) -> Int {
        // Compares the bounds: `count` could overflow.
        guard !range.isEmpty, range.lowerBound + 1 < range.upperBound else { return range.lowerBound }
        var generator = Generator(source: self)
        return Int.random(in: range, using: &generator)
    }
}

/// Adapts a source to the standard library's protocol.
private struct Generator<Source: RandomSource>: RandomNumberGenerator {
    let source: Source
    func next() -> UInt64 { source.next() }
}
