/// A component that is shared where the service has one, and owned where it has none: an endpoint, a connection.
///
/// ```swift
/// let endpoint = Shared<HTTPEndpoint>("endpoint", "*:endpoint:http:*:1.0") { HTTPEndpoint() }
/// ```
/// Call it to use it: `try endpoint()`. An owned one is configured from the owner's own section, opened before its
/// owner and closed after it. `dependencies.<name>` in the owner's section names the one to share.
public final class Shared<T: Component>: LinkSlot, ChildSlot {
    /// What the dependency is.
    public let declaration: DependencyDeclaration
    private let box = SlotBox<T>()
    private let own = SlotBox<T>()
    private let create: @Sendable () -> T

    /// Declares what is shared by its name and the locators to look for, and how to create an own one.
    public init(_ name: String, _ locators: Locator..., create: @escaping @Sendable () -> T) {
        declaration = DependencyDeclaration(
            name: name, locators: locators, isRequired: false, type: String(describing: T.self))
        self.create = create
        SlotCollector.register(self)
    }

    /// The component, shared or owned. One atomic load; safe from any task.
    /// - Throws: InvalidState `NOT_LINKED` before the component was linked.
    public func callAsFunction() throws(ApplicationError) -> T {
        if let component = box.value { return component }
        throw .notLinked(declaration.name)
    }

    // MARK: - Internal

    var scope: String? { nil }
    var child: (any Component)? { own.value }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        if let component = linker.first(declaration, as: T.self) {
            box.set(component)
            return []
        }
        if linker.isRedirected(declaration) { return [linker.missing(declaration)] }
        let component = create()
        own.set(component)
        box.set(component)
        return []
    }

    func unlink() {
        box.clear()
        own.clear()
    }

    var linked: [any Sendable] { own.value == nil ? box.value.map { [$0] } ?? [] : [] }
}
