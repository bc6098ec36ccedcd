/// The random source of a component: the service's component at `*:random:*:*:1.0` if it has one, otherwise the
/// system's.
///
/// ```swift
/// let random = RandomSlot()
/// ```
public final class RandomSlot: SourceSlot, RandomSource {
    let box = SlotBox<any RandomSource>(SystemRandom())
    let declaration = DependencyDeclaration(
        name: "random", locators: ["*:random:*:*:1.0"], isRequired: false, type: "RandomSource")

    /// Declares that the component needs random numbers.
    public init() { SlotCollector.register(self) }

    /// Returns the random source. One atomic load; safe from any task.
    public func callAsFunction() -> any RandomSource { box.value ?? standard }

    /// Returns 64 random bits.
    public func next() -> UInt64 { callAsFunction().next() }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    var standard: any RandomSource { SystemRandom() }
}
