/// An optional dependency on another component of the service.
///
/// Call it to use it: `cache()?.store(...)`. It is looked up like a ``Dependency`` and is nil if none matches. A
/// component that `dependencies.<name>` names must exist; `none` means no component.
public final class OptionalDependency<T: Sendable>: LinkSlot {
    private let name: String
    private let locators: [Locator]
    private let box = SlotBox<T>()

    /// Declares a dependency by its name and the locators to look up.
    public init(_ name: String, _ locators: Locator..., as type: T.Type = T.self) {
        self.name = name
        self.locators = locators
        SlotCollector.register(self)
    }

    /// Returns the component, or nil. One atomic load; safe from any task.
    public func callAsFunction() -> T? { box.value }

    /// The declaration of the dependency.
    public var declaration: DependencyDeclaration {
        DependencyDeclaration(
            name: name, locators: locators, isRequired: false, type: String(describing: T.self))
    }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    var keys: [String] { DependencyDeclaration.keys([name]) }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        if let component = linker.first(name, [], locators, as: T.self) {
            box.set(component)
            return linker.ambiguity(name, [], locators, as: T.self)
        }
        return check(linker).map { [$0] } ?? []
    }

    func relink(_ linker: SlotLinker) {
        if let component = linker.first(name, [], locators, as: T.self) {
            box.replace(component)
        } else {
            box.clear()
        }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        linker.first(name, [], locators, as: T.self) == nil ? linker.missingIfNamed(name, declaration) : nil
    }

    func unlink() { box.clear() }

    var linked: [ObjectIdentifier] { box.value.flatMap { ObjectIdentity.of($0) }.map { [$0] } ?? [] }
}
