/// Creates the clients of AMQP 1.0 of a driver that needs them: the connector that is in the service, else the one that is
/// compiled in.
final class AMQPConnectorSlot: LinkSlot {
    private let box = SlotBox<any AMQPConnector>()
    let declaration = DependencyDeclaration(
        name: "connector", locators: ["*:amqp-connector:*:*:1.0"], isRequired: false, type: "AMQPConnector")

    init() { SlotCollector.register(self) }

    /// The connector.
    /// - Throws: Misconfiguration `NOT_COMPILED_IN`, which names the flag, if there is none.
    func connector(for user: String) throws(ApplicationError) -> any AMQPConnector {
        if let connector = box.value { return connector }
        throw Self.driver(libraryVersion: nil).notCompiledIn(user)
    }

    /// The driver that brings the connector.
    static func driver(libraryVersion: String?) -> Driver {
        Driver(name: "AMQP", flag: "PIP_AMQP", package: "libqpid-proton11-dev", libraryVersion: libraryVersion)
    }

    /// What a connector that is compiled in answers to.
    static let compiledIn: Locator = "pip-services:amqp-connector:default:default:1.0"

    var role: SlotRole { SlotRole(link: self) }
    var keys: [String] { declaration.keys }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        if let found = linker.first(declaration.name, [], declaration.locators, as: (any AMQPConnector).self) {
            box.replace(found)
            return linker.ambiguity(declaration.name, [], declaration.locators, as: (any AMQPConnector).self)
        }
        if let problem = linker.missingIfNamed(declaration.name, declaration) { return [problem] }
        if let built = linker.references.build(Self.compiledIn, as: (any AMQPConnector).self) { box.replace(built) }
        return []
    }

    func relink(_ linker: SlotLinker) {
        if let found = linker.first(declaration.name, [], declaration.locators, as: (any AMQPConnector).self) {
            box.replace(found)
        }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        let found = linker.first(declaration.name, [], declaration.locators, as: (any AMQPConnector).self)
        return found == nil ? linker.missingIfNamed(declaration.name, declaration) : nil
    }

    func unlink() { box.clear() }

    var linked: [ObjectIdentifier] { box.value.flatMap { ObjectIdentity.of($0) }.map { [$0] } ?? [] }
}
