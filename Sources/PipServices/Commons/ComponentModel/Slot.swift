/// A declared need of a component, which the container fills: a setting, a dependency, a child component.
///
/// Slots are created while their component is created and are safe to read from any task. The toolkit's own kinds are
/// all there are.
public protocol Slot: AnyObject, Sendable {
    /// What the container does with the slot.
    var role: SlotRole { get }
}

/// What the container does with a slot: for the container alone.
public struct SlotRole: Sendable {
    // Told rather than asked for by casts: a cast to a protocol that fails searches all conformances of the process,
    // which at every start and for every slot costs more than all the rest of the start.
    var config: (any ConfigSlot)?
    var link: (any LinkSlot)?
    var child: (any ChildSlot)?
    var review: ReviewSlot?
    var name: NameSlot?

    init(
        config: (any ConfigSlot)? = nil, link: (any LinkSlot)? = nil, child: (any ChildSlot)? = nil,
        review: ReviewSlot? = nil, name: NameSlot? = nil
    ) {
        self.name = name
        self.review = review
        self.config = config
        self.link = link
        self.child = child
    }
}

// MARK: - Internal

/// A slot that takes a value from the configuration.
protocol ConfigSlot: Slot {
    /// What the setting is; its keys without the component's scope.
    var declaration: SettingDeclaration { get }
    /// Takes its value, and gives what is wrong with it.
    func configure(_ config: ScopedConfig) -> ConfigProblem?
    /// Gives what is wrong with its value, without taking it.
    func check(_ config: ScopedConfig) -> ConfigProblem?
    /// What the configuration says, to tell whether that has changed; nil when the slot is unset.
    func source(in config: ScopedConfig) -> String?
}

/// A slot that takes components.
protocol LinkSlot: Slot {
    var declaration: DependencyDeclaration { get }
    /// The keys that redirect the dependency. Part of the declaration, which is dearer to make.
    var keys: [String] { get }
    /// Takes what the linker finds, and gives what is missing or not certain.
    func link(_ linker: SlotLinker) -> [ConfigProblem]
    /// Takes what the linker finds after the service's components have changed, where it is something else.
    func relink(_ linker: SlotLinker)
    /// What would be missing if it was linked now. Changes nothing.
    func check(_ linker: SlotLinker) -> ConfigProblem?
    func unlink()
    /// The components of the service that it is linked with.
    var linked: [ObjectIdentifier] { get }
    /// True if these are opened before the owner.
    var isOrdered: Bool { get }
}

/// A slot that holds a component of its own, in a scope of the configuration.
protocol ChildSlot: Slot {
    var scope: String? { get }
    var child: (any Component)? { get }
}

extension LinkSlot {
    func check(_ linker: SlotLinker) -> ConfigProblem? { nil }
    var isOrdered: Bool { true }
}
