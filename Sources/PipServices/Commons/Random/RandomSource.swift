/// Where a service takes chance from: the system, or in tests a generator with a seed.
///
/// Components read it through a ``RandomSlot`` rather than from `SystemRandomNumberGenerator`.
public protocol RandomSource: Sendable {
    /// 64 random bits.
    func next() -> UInt64
}

extension RandomSource {
    /// A random whole number within a range, which must not be empty.
    public func next(in range: Range<Int>) -> Int {
        // Not by `count`, which can be more than an Int holds.
        guard !range.isEmpty, range.lowerBound + 1 < range.upperBound else { return range.lowerBound }
        var generator = Generator(source: self)
        return Int.random(in: range, using: &generator)
    }
}

/// The standard library's view of a source.
private struct Generator<Source: RandomSource>: RandomNumberGenerator {
    let source: Source
    func next() -> UInt64 { source.next() }
}
