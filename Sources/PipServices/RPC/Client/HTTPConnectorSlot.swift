/// The connector of a client: the service's connector if there is one, otherwise the compiled-in one, otherwise the
/// in-process one.
final class HTTPConnectorSlot: LinkSlot, ChildSlot {
    private let box = SlotBox<any HTTPConnector>()
    private let own = InProcessHTTPConnector()
    let declaration: DependencyDeclaration

    /// - Parameter name: the dependency's name; another one in a component that has a connector of another kind.
    init(_ name: String = "connector") {
        declaration = DependencyDeclaration(
            name: name, locators: ["*:http-connector:*:*:1.0"], isRequired: false, type: "HTTPConnector")
        SlotCollector.register(self)
    }

    /// Returns the connector for an address.
    func connector(for address: String) -> any HTTPConnector {
        if address.begins(with: InProcessHTTPConnector.localProtocol + "://") { return own }
        return box.value ?? own
    }

    var role: SlotRole { SlotRole(link: self, child: self) }
    var scope: String? { nil }
    var child: (any Component)? { own }
    var keys: [String] { declaration.keys }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        if let found = linker.first(declaration.name, [], declaration.locators, as: (any HTTPConnector).self) {
            box.replace(found)
            return linker.ambiguity(declaration.name, [], declaration.locators, as: (any HTTPConnector).self)
        }
        if let problem = linker.missingIfNamed(declaration.name, declaration) { return [problem] }
        if linker.isRedirected(declaration.name, []) { return [] }
        if let built = linker.references.build(Self.compiledIn, as: (any HTTPConnector).self) { box.replace(built) }
        return []
    }

    func relink(_ linker: SlotLinker) {
        if let found = linker.first(declaration.name, [], declaration.locators, as: (any HTTPConnector).self) {
            box.replace(found)
        }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        let found = linker.first(declaration.name, [], declaration.locators, as: (any HTTPConnector).self)
        return found == nil ? linker.missingIfNamed(declaration.name, declaration) : nil
    }

    func unlink() { box.clear() }

    var linked: [ObjectIdentifier] { box.value.flatMap { ObjectIdentity.of($0) }.map { [$0] } ?? [] }

    /// The locator of the compiled-in driver only. If it also matched a missing driver, a connector that is not needed
    /// would cause an error.
    static let compiledIn: Locator = "pip-services:http-connector:default:default:1.0"
}
