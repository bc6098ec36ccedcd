/// A declared need of a component, which the container fills: a setting, a dependency, a child component.
///
/// Slots are created while their component is created and are safe to read from any task.
public protocol Slot: AnyObject, Sendable {}

// MARK: - Internal

/// A slot that takes a value from the configuration.
protocol ConfigSlot: Slot {
    /// What `--list` and the key check know of it; names without the component's scope.
    var declarations: [SettingDeclaration] { get }
    /// Takes its value, and gives what is wrong with it.
    func configure(_ config: ScopedConfig) -> [ConfigProblem]
}

/// A slot that takes components.
protocol LinkSlot: Slot {
    var declaration: DependencyDeclaration { get }
    /// Takes what the linker finds, and gives what is missing.
    func link(_ linker: SlotLinker) -> [ConfigProblem]
    func unlink()
    /// The components of the service that it is linked with.
    var linked: [any Sendable] { get }
}

/// A slot that holds a component of its own, in a scope of the configuration.
protocol ChildSlot: Slot {
    var scope: String? { get }
    var child: (any Component)? { get }
}

/// Notes the slots that come to life while a component is created, so that one which reflection can't reach later is
/// an error and not silence.
final class SlotCollector: Sendable {
    @TaskLocal static var current: SlotCollector?

    private struct Entry {
        weak var slot: (any Slot)?
    }

    private let entries = Locked<[Entry]>([])

    /// To be called at the end of every slot's initializer.
    static func register(_ slot: any Slot) {
        current?.entries.withLock { $0.append(Entry(slot: slot)) }
    }

    var slots: [any Slot] { entries.withLock { $0.compactMap(\.slot) } }
}
