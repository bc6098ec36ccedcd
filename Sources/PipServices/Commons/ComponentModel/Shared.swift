/// A component, such as an endpoint or a connection, that is shared if the service has one, and otherwise owned.
///
/// ```swift
/// let endpoint = Shared<HTTPEndpoint>("endpoint", "*:endpoint:http:*:1.0") { HTTPEndpoint() }
/// ```
/// Call it to get the component: `try endpoint()`. `dependencies.<name>` in the owner's section names the component to
/// share. If the service has none to share and the owner's section has `connection` or `connections`, an owned
/// component is created. It is configured from that section, opened before its owner and closed after it. With neither,
/// the service does not start (`REF_ERROR`). A shared component stays in use while the service has it, even if newer
/// ones are added.
public final class Shared<T: Sendable>: LinkSlot, ChildSlot {
    private let name: String
    private let locators: [Locator]
    private let box = SlotBox<T>()
    private let needsConnection: Bool
    private let create: @Sendable () -> (component: T, child: any Component)
    private let ownChild = SlotBox<any Component>()
    private let replaced = Locked(Replaced())

    /// A struct: a function as the value of a lock would get another thunk with each access.
    private struct Replaced {
        var body: (@Sendable (_ old: T, _ new: T) -> Void)?
    }

    /// Declares the shared component by its name and the locators to look up, with a closure that creates an owned one.
    /// - Parameter needsConnection: false for a component without an address, such as a queue in memory. An owned one
    ///   is then created whenever the service has none to share.
    public init(
        _ name: String, _ locators: Locator..., needsConnection: Bool = true, create: @escaping @Sendable () -> T
    ) where T: Component {
        self.name = name
        self.locators = locators
        self.needsConnection = needsConnection
        self.create = {
            let component = create()
            return (component, component)
        }
        SlotCollector.register(self)
    }

    /// Returns the component, shared or owned. One atomic load; safe from any task.
    /// - Throws: InvalidState `NOT_LINKED` before the component is linked.
    public func callAsFunction() throws(ApplicationError) -> T {
        if let component = box.value { return component }
        throw .notLinked(name)
    }

    /// The declaration of the dependency.
    public var declaration: DependencyDeclaration {
        DependencyDeclaration(
            name: name, locators: locators, isRequired: false, type: String(describing: T.self))
    }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self, child: self) }

    // MARK: - Internal

    var scope: String? { nil }
    var child: (any Component)? { ownChild.value }

    var keys: [String] { DependencyDeclaration.keys([name]) }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        if let component = linker.first(name, [], locators, as: T.self) {
            box.set(component)
            return linker.ambiguity(name, [], locators, as: T.self)
        }
        guard !linker.isRedirected(name, []), !needsConnection || linker.hasConnection else {
            var problem = linker.missing(declaration)
            if !linker.isRedirected(name, []) {
                problem.message += ", or give the section a 'connection' of its own"
            }
            return [problem]
        }
        let (component, child) = create()
        ownChild.set(child)
        box.set(component)
        return []
    }

    func relink(_ linker: SlotLinker) {
        // A component in use is kept, owned or shared: something may be registered with it.
        guard ownChild.value == nil, let current = box.value, !linker.contains(current),
            let component = linker.first(name, [], locators, as: T.self)
        else { return }
        box.replace(component)
        replaced.current.body?(current, component)
    }

    /// Sets a closure that is called after another component has replaced the shared one.
    func onReplace(_ body: @escaping @Sendable (_ old: T, _ new: T) -> Void) { replaced.withLock { $0.body = body } }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        guard ownChild.value == nil, linker.first(name, [], locators, as: T.self) == nil else { return nil }
        return linker.missing(declaration)
    }

    func unlink() {
        box.clear()
        ownChild.clear()
    }

    var linked: [ObjectIdentifier] {
        ownChild.value == nil ? box.value.flatMap { ObjectIdentity.of($0) }.map { [$0] } ?? [] : []
    }
}
