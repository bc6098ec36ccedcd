/// The random source of a component: the service's component at `*:random:*:*:1.0` if it has one, otherwise the
/// system's.
///
/// ```swift
/// let random = RandomSlot()
/// ```
public final class RandomSlot: LinkSlot, RandomSource {
    private let box = SlotBox<any RandomSource>(SystemRandom())
    let declaration = DependencyDeclaration(
        name: "random", locators: ["*:random:*:*:1.0"], isRequired: false, type: "RandomSource")

    /// Declares that the component needs random numbers.
    public init() { SlotCollector.register(self) }

    /// Returns the random source. One atomic load; safe from any task.
    public func callAsFunction() -> any RandomSource { box.value ?? SystemRandom() }

    /// Returns 64 random bits.
    public func next() -> UInt64 { callAsFunction().next() }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    var keys: [String] { declaration.keys }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        relink(linker)
        return check(linker).map { [$0] } ?? []
    }

    func relink(_ linker: SlotLinker) {
        if let source = linker.first(declaration.name, [], declaration.locators, as: (any RandomSource).self) {
            box.replace(source)
        }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        let found = linker.first(declaration.name, [], declaration.locators, as: (any RandomSource).self)
        return found == nil ? linker.missingIfNamed(declaration) : nil
    }

    func unlink() { box.set(SystemRandom()) }

    var linked: [ObjectIdentifier] { [] }
}
