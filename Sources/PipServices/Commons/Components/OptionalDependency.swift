/// Another component of the service that this one uses where it is there.
///
/// Call it to use it: `cache()?.store(...)`. It is found as a ``Dependency`` is; nil when there is none.
public final class OptionalDependency<T: Sendable>: LinkSlot {
    /// What the dependency is.
    public let declaration: DependencyDeclaration
    private let box = SlotBox<T>()

    /// Declares a dependency by its name and the locators to look for.
    public init(_ name: String, _ locators: Locator..., as type: T.Type = T.self) {
        declaration = DependencyDeclaration(
            name: name, locators: locators, isRequired: false, type: String(describing: T.self))
        SlotCollector.register(self)
    }

    /// The component, or nil. One atomic load; safe from any task.
    public func callAsFunction() -> T? { box.value }

    // MARK: - Internal

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        if let component = linker.first(declaration, as: T.self) {
            box.set(component)
        } else if linker.isRedirected(declaration) {
            // Asked for by name in the configuration, it is no longer optional.
            return [linker.missing(declaration)]
        }
        return []
    }

    func unlink() { box.clear() }

    var linked: [any Sendable] { box.value.map { [$0] } ?? [] }
}
