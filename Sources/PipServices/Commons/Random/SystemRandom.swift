/// The random numbers of the system, fit for keys.
public struct SystemRandom: RandomSource {
    /// Creates the source; all system sources are alike.
    public init() {}

    /// 64 random bits.
    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
