/// The system's random number generator, which is cryptographically secure.
public struct SystemRandom: RandomSource {
    /// Creates the source. All instances behave the same.
    public init() {}

    /// Returns 64 random bits.
    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
