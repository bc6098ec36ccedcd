/// A component that is shared where the service has one, and owned where its owner's section says how to reach it: an
/// endpoint, a connection.
///
/// ```swift
/// let endpoint = Shared<HTTPEndpoint>("endpoint", "*:endpoint:http:*:1.0") { HTTPEndpoint() }
/// ```
/// Call it to use it: `try endpoint()`. A section with `connection` or `connections`, in a service without a component
/// to share, makes an owned one: it is configured from that section, opened before its owner and closed after it. With
/// neither, the service does not start (`REF_ERROR`). `dependencies.<name>` in the owner's section names the one to
/// share. A shared one stays in use as long as the service has it, whatever is put in later.
public final class Shared<T: Sendable>: LinkSlot, ChildSlot {
    private let name: String
    private let locators: [Locator]
    private let box = SlotBox<T>()
    private let needsConnection: Bool
    private let create: @Sendable () -> (component: T, child: any Component)
    private let ownChild = SlotBox<any Component>()
    private let replaced = Locked<(@Sendable (_ old: T, _ new: T) -> Void)?>(nil)

    /// Declares what is shared by its name and the locators to look for, and how to create an own one.
    /// - Parameter needsConnection: false for what has no address, such as a queue in memory: an own one is made in any
    ///   service that has none to share.
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

    /// The component, shared or owned. One atomic load; safe from any task.
    /// - Throws: InvalidState `NOT_LINKED` before the component was linked.
    public func callAsFunction() throws(ApplicationError) -> T {
        if let component = box.value { return component }
        throw .notLinked(name)
    }

    /// What the dependency is.
    public var declaration: DependencyDeclaration {
        DependencyDeclaration(
            name: name, locators: locators, isRequired: false, type: String(describing: T.self))
    }

    /// For the container.
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
        // One that is in use stays, its own or a shared one: something may be registered with it.
        guard ownChild.value == nil, let current = box.value, !linker.contains(current),
            let component = linker.first(name, [], locators, as: T.self)
        else { return }
        box.replace(component)
        replaced.current?(current, component)
    }

    /// Sets what is called after the shared component was removed from the service and another one took its place.
    func onReplace(_ body: @escaping @Sendable (_ old: T, _ new: T) -> Void) { replaced.withLock { $0 = body } }

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
