/// A required dependency on another component of the service.
///
/// ```swift
/// let persistence = Dependency<any BeaconsPersistence>("persistence", "beacons:persistence:*:*:1.0")
/// ```
/// Call it to get the component: `try persistence()`. The locators are tried in order; the newest component that
/// matches one and is a `T` is used. If there is none, the service does not start. `dependencies.<name>` in the
/// component's section replaces the locators.
public final class Dependency<T: Sendable>: LinkSlot {
    private let name: String
    private let aliases: [String]
    private let locators: [Locator]
    private let box = SlotBox<T>()
    private let sharedCommands = Locked<SharedCommands?>(nil)

    /// Declares a dependency by its name and the locators to look up. `alias` is another name for it under
    /// `dependencies`.
    public convenience init(_ name: String, alias: String? = nil, _ locators: Locator..., as type: T.Type = T.self) {
        self.init(name, aliases: alias.map { [$0] } ?? [], locators: locators)
    }

    /// Declares a dependency with a list of locators.
    public init(_ name: String, aliases: [String] = [], locators: [Locator], as type: T.Type = T.self) {
        self.name = name
        self.aliases = aliases
        self.locators = locators
        SlotCollector.register(self)
    }

    /// Returns the component. One atomic load; safe from any task.
    /// - Throws: InvalidState `NOT_LINKED` before the component is linked.
    public func callAsFunction() throws(ApplicationError) -> T {
        if let component = box.value { return component }
        throw .notLinked(name)
    }

    /// Returns the commands of the component, for a transport that exposes them. All transports of a service share one
    /// set: the component's `commands` are evaluated once, on the first call.
    /// - Throws: InvalidState `NOT_LINKED` before the component is linked; Unsupported `NO_COMMANDS` if the component
    ///   is not ``Commandable``.
    public func commands() throws(ApplicationError) -> CommandSet { try commands(of: self()) }

    /// The declaration of the dependency.
    public var declaration: DependencyDeclaration {
        DependencyDeclaration(
            name: name, aliases: aliases, locators: locators, isRequired: true, type: String(describing: T.self))
    }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    var keys: [String] { DependencyDeclaration.keys([name] + aliases) }

    /// Returns the commands of a component that this dependency referred to.
    func commands(of component: T) throws(ApplicationError) -> CommandSet {
        guard let commandable = component as? any Commandable else {
            throw .unsupported(code: "NO_COMMANDS", "The service \(type(of: component as Any)) has no commands")
        }
        return sharedCommands.current?.commands(of: commandable) ?? commandable.commands
    }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        guard let component = linker.first(name, aliases, locators, as: T.self) else {
            return [linker.missing(declaration)]
        }
        box.set(component)
        let commands = linker.references.sharedCommands
        sharedCommands.withLock { $0 = commands }
        return linker.ambiguity(name, aliases, locators, as: T.self)
    }

    func relink(_ linker: SlotLinker) {
        guard let component = linker.first(name, aliases, locators, as: T.self) else { return }
        box.replace(component)
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        linker.first(name, aliases, locators, as: T.self) == nil ? linker.missing(declaration) : nil
    }

    func unlink() {
        box.clear()
        sharedCommands.withLock { $0 = nil }
    }

    var linked: [ObjectIdentifier] { box.value.flatMap { ObjectIdentity.of($0) }.map { [$0] } ?? [] }
}

extension ApplicationError {
    /// Returns the error for a dependency that is used before the component is linked.
    static func notLinked(_ name: String) -> ApplicationError {
        .invalidState(
            code: "NOT_LINKED", "Dependency '\(name)' is used before it is linked",
            details: ["dependency": .string(name)])
    }
}
