import PipServices

/// A deterministic random source: the same seed always produces the same numbers (SplitMix64).
///
/// Register it at a locator such as `test:random:seeded:default:1.0`; components with a ``RandomSlot`` then use it.
public final class SeededRandom: RandomSource, Component {
    private let state: Locked<UInt64>

    /// Creates a source from a seed.
    public init(seed: UInt64) { state = Locked(seed) }

    /// Returns 64 random bits.
    public func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}
