/// A declared need of a component that the container fills: a setting, a dependency or a child component.
///
/// Slots are created with their component and are safe to read from any task. You can't define other kinds of slots.
public protocol Slot: AnyObject, Sendable {
    /// The role of the slot, used by the container.
    var role: SlotRole { get }
}

/// The role of a slot. Used only by the container.
public struct SlotRole: Sendable {
    // Stated by the slot instead of found by casts: a failed cast to a protocol searches all conformances of the
    // process. Doing so for every slot would dominate the start time.
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

/// A slot that receives a value from the configuration.
protocol ConfigSlot: Slot {
    /// The declaration of the setting, with keys relative to the component's scope.
    var declaration: SettingDeclaration { get }
    /// Sets the value and returns the problem with it, if any.
    func configure(_ config: ScopedConfig) -> ConfigProblem?
    /// Returns the problem with the value, if any, without setting it.
    func check(_ config: ScopedConfig) -> ConfigProblem?
    /// Returns the raw configuration, to detect changes; nil if the slot is unset.
    func source(in config: ScopedConfig) -> String?
}

/// A slot that receives components.
protocol LinkSlot: Slot {
    var declaration: DependencyDeclaration { get }
    /// The keys that redirect the dependency. They are cheaper to compute than the whole declaration.
    var keys: [String] { get }
    /// Links the slot and returns missing and ambiguous dependencies.
    func link(_ linker: SlotLinker) -> [ConfigProblem]
    /// Links the slot again after the service's components have changed.
    func relink(_ linker: SlotLinker)
    /// Returns the dependency that would be missing if the slot were linked now. Changes nothing.
    func check(_ linker: SlotLinker) -> ConfigProblem?
    func unlink()
    /// The components of the service that the slot is linked with.
    var linked: [ObjectIdentifier] { get }
    /// True if these components open before the owner.
    var isOrdered: Bool { get }
}

/// A slot that holds a child component, with a scope in the configuration.
protocol ChildSlot: Slot {
    var scope: String? { get }
    var child: (any Component)? { get }
}

extension LinkSlot {
    func check(_ linker: SlotLinker) -> ConfigProblem? { nil }
    var isOrdered: Bool { true }
}
