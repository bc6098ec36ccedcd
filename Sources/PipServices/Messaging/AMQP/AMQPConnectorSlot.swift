/// Creates the AMQP 1.0 clients for a driver, with the connector in the service or otherwise the compiled-in one.
final class AMQPConnectorSlot: LinkSlot {
    private let box = SlotBox<any AMQPConnector>()
    let declaration = DependencyDeclaration(
        name: "connector", locators: ["*:amqp-connector:*:*:1.0"], isRequired: false, type: "AMQPConnector")

    init() { SlotCollector.register(self) }

    /// Returns the connector.
    /// - Throws: Misconfiguration `NOT_COMPILED_IN`, which names the flag, if there is none.
    func connector(for user: String) throws(ApplicationError) -> any AMQPConnector {
        if let connector = box.value { return connector }
        throw Self.driver(libraryVersion: nil).notCompiledIn(user)
    }

    /// The driver that provides the connector.
    static func driver(libraryVersion: String?) -> Driver {
        Driver(name: "AMQP", flag: "PIP_AMQP", package: "libqpid-proton11-dev", libraryVersion: libraryVersion)
    }

    /// The locator of a compiled-in connector.
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
