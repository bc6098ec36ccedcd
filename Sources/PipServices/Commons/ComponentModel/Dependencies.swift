/// All components of the service that match, such as all loggers.
///
/// Call it to get them: `for sink in sinks() { ... }`. They are in the order of the configuration. If
/// `dependencies.<name>` names components, at least one must exist; `none` means no components.
public final class Dependencies<T: Sendable>: LinkSlot {
    private let name: String
    private let locators: [Locator]
    private let box = SlotBox<[T]>([])
    private let redirected = SlotBox(false)
    private let isWanted: @Sendable (T) -> Bool
    /// False if the owner may open before the components: they do not affect the order of opening.
    let isOrdered: Bool

    /// Declares a dependency by its name and the locators to look up.
    public convenience init(_ name: String, _ locators: Locator..., as type: T.Type = T.self) {
        self.init(name, locators, isOrdered: true) { _ in true }
    }

    /// Declares a dependency on the matching components that pass a filter.
    init(
        _ name: String, _ locators: [Locator], isOrdered: Bool = true, where isWanted: @escaping @Sendable (T) -> Bool
    ) {
        self.isOrdered = isOrdered
        self.isWanted = isWanted
        self.name = name
        self.locators = locators
        SlotCollector.register(self)
    }

    /// Returns the components; empty before the component is linked. One atomic load; safe from any task.
    public func callAsFunction() -> [T] { box.value ?? [] }

    /// The declaration of the dependency.
    public var declaration: DependencyDeclaration {
        DependencyDeclaration(
            name: name, locators: locators, isRequired: false, type: String(describing: T.self), isMany: true)
    }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    /// True if the configuration names the components.
    var isRedirected: Bool { redirected.value ?? false }

    var keys: [String] { DependencyDeclaration.keys([name]) }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        let found = find(linker)
        box.set(found)
        redirected.set(linker.isRedirected(name, []))
        return found.isEmpty ? linker.missingIfNamed(name, declaration).map { [$0] } ?? [] : []
    }

    func relink(_ linker: SlotLinker) {
        let found = find(linker)
        if found.map({ ObjectIdentity.of($0) }) != callAsFunction().map({ ObjectIdentity.of($0) }) { box.set(found) }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        find(linker).isEmpty ? linker.missingIfNamed(name, declaration) : nil
    }

    func unlink() { box.set([]) }

    var linked: [ObjectIdentifier] { callAsFunction().compactMap { ObjectIdentity.of($0) } }

    private func find(_ linker: SlotLinker) -> [T] { linker.all(name, locators, as: T.self).filter(isWanted) }
}
