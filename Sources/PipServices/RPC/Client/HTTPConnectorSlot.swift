/// What a client sends its requests by: the service's connector where there is one, else the one that is compiled in,
/// else one that stays in the process.
final class HTTPConnectorSlot: LinkSlot, ChildSlot {
    private let box = SlotBox<any HTTPConnector>()
    private let own = InProcessHTTPConnector()
    let declaration = DependencyDeclaration(
        name: "connector", locators: ["*:http-connector:*:*:1.0"], isRequired: false, type: "HTTPConnector")

    init() { SlotCollector.register(self) }

    /// The one that reaches an address.
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
        if let problem = linker.missingIfNamed(declaration) { return [problem] }
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
        return found == nil ? linker.missingIfNamed(declaration) : nil
    }

    func unlink() { box.clear() }

    var linked: [ObjectIdentifier] { box.value.flatMap { ObjectIdentity.of($0) }.map { [$0] } ?? [] }

    /// What a driver that is compiled in answers to, and nothing else: one that is not would make it an error that
    /// nobody needs it.
    static let compiledIn: Locator = "pip-services:http-connector:default:default:1.0"
}
