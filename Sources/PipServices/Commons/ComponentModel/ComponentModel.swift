/// The slots and child components of a component, found once by reflection.
///
/// It also fills them, so that the container and `PipServicesTesting.assemble` behave the same.
final class ComponentModel: Sendable {
    let component: any Component
    /// The component's locator, for messages.
    let name: String
    /// The configuration section of a child component; empty for other components.
    let scope: String
    private let slots: [any Slot]
    let roles: [SlotRole]
    private let fixedChildren: [ComponentModel]
    /// Components that are created during linking: those owned by a `Shared` slot.
    private let ownedChildren = Locked<[ComponentModel]>([])

    /// Creates a component and finds its slots.
    ///
    /// - Throws: the error of `create`; Misconfiguration `HIDDEN_SLOT` if a slot was created that can't be reached.
    static func create(name: String, _ create: () throws -> any Component) throws -> ComponentModel {
        let collector = SlotCollector()
        let component = try SlotCollector.$current.withValue(collector, operation: create)
        let model = ComponentModel(component, name: name, scope: "", collector)
        let hidden = collector.release(reached: model.allSlots)
        guard hidden.isEmpty else {
            let names = hidden.map(Self.describe).joined(separator: ", ")
            throw ApplicationError.config(
                code: "HIDDEN_SLOT",
                "\(type(of: component)) has slots that can't be found: \(names). "
                    + "Store each in a property of its own, or list it in 'slots'")
        }
        return model
    }

    /// Finds the slots of a component.
    convenience init(_ component: any Component, name: String) { self.init(component, name: name, scope: "", nil) }

    /// - Parameter collector: the slots that were created with the component; nil if they are not known.
    private init(_ component: any Component, name: String, scope: String, _ collector: SlotCollector?) {
        self.component = component
        self.name = name
        self.scope = scope
        var slots: [any Slot] = []
        var children: [ComponentModel] = []
        func addChild(_ child: any Component, prefix: String? = nil) {
            let inner = [scope, prefix ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
            children.append(ComponentModel(child, name: name, scope: inner, collector))
        }
        func addSlot(_ slot: any Slot) {
            guard !slots.contains(where: { $0 === slot }) else { return }
            slots.append(slot)
            if let child = slot.role.child, let component = child.child { addChild(component, prefix: child.scope) }
        }
        for (_, value) in Mirror(reflecting: component).children where Self.mayBeObject(value) {
            if let slot = collector?.slot(value as AnyObject) {
                addSlot(slot)
            } else if let child = value as? any Component {
                addChild(child)
            } else if let slot = value as? any Slot {
                addSlot(slot)
            }
        }
        component.slots.forEach(addSlot)
        self.slots = slots
        roles = slots.map(\.role)
        fixedChildren = children
    }

    /// The child components, fixed and owned.
    var children: [ComponentModel] { fixedChildren + ownedChildren.current }

    /// The component and all nested components, innermost first.
    var components: [any Component] { children.flatMap(\.components) + [component] }

    /// All settings with their full keys.
    var settings: [SettingDeclaration] {
        let own = roles.compactMap(\.config?.declaration).map { declaration in
            var declaration = declaration
            declaration.key = declaration.key.isEmpty ? scope : key(declaration.key)
            declaration.aliases = declaration.aliases.map(key)
            return declaration
        }
        return own + children.flatMap(\.settings)
    }

    /// All dependencies.
    var dependencies: [DependencyDeclaration] {
        roles.compactMap(\.link?.declaration) + children.flatMap(\.dependencies)
    }

    /// The components of the service that this one and its children are linked with.
    var linked: [ObjectIdentifier] { roles.compactMap(\.link?.linked).flatMap { $0 } + children.flatMap(\.linked) }

    /// The subset of ``linked`` that opens before this component.
    var openedBefore: [ObjectIdentifier] {
        roles.compactMap(\.link).filter(\.isOrdered).flatMap(\.linked) + children.flatMap(\.openedBefore)
    }

    /// The linked components by the name of the dependency.
    var links: [ComponentLink] {
        let own = roles.compactMap(\.link).map { slot in
            ComponentLink(name: slot.declaration.name, targets: slot.linked, isRequired: slot.declaration.isRequired)
        }
        return own.filter { !$0.targets.isEmpty } + children.flatMap(\.links)
    }

    /// Fills the settings and returns the problems with their values.
    func configure(_ config: ConfigParams) async throws -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for role in roles { role.name?.take(name) }
        for child in children { problems += try await child.configure(config) }
        let scoped = ScopedConfig(config: config, scope: scope, component: name)
        problems += roles.compactMap { $0.config?.configure(scoped) }
        if problems.isEmpty, let configurable = component as? any Configurable {
            try await configurable.configure(scope.isEmpty ? config : config.section(scope))
        }
        return problems
    }

    /// Fills the dependencies and returns the missing ones.
    func link(_ references: References, config: ConfigParams) async throws -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for child in children { problems += try await child.link(references, config: config) }
        let linker = linker(references, config)
        for role in roles {
            guard let slot = role.link else { continue }
            problems += slot.link(linker)
            if let child = role.child?.child { problems += try await adopt(child, references, config) }
        }
        if !problems.contains(where: { $0.severity == .error }) {
            try await (component as? any Referenceable)?.setReferences(references)
        }
        // Several parts of a component may need the same component, such as the loggers.
        var told: Set<ConfigProblem> = []
        return problems.filter { told.insert($0).inserted }
    }

    /// Returns the dependencies that these references would leave unfilled. Changes nothing.
    func check(_ references: References, config: ConfigParams) -> [ConfigProblem] {
        let linker = linker(references, config)
        return roles.compactMap { $0.link?.check(linker) } + children.flatMap { $0.check(references, config: config) }
    }

    /// Updates the dependencies after the service's components have changed.
    func relink(_ references: References, config: ConfigParams) {
        let linker = linker(references, config)
        for role in roles { role.link?.relink(linker) }
        for child in children { child.relink(references, config: config) }
    }

    /// Releases the dependencies.
    func unlink() async {
        await (component as? any Unreferenceable)?.unsetReferences()
        for role in roles { role.link?.unlink() }
        for child in children { await child.unlink() }
        ownedChildren.withLock { $0 = [] }
    }

    /// Keys to which two slots give different meanings. This is a bug in the component, for tests to find.
    var conflictingKeys: [String] {
        Dictionary(grouping: settings, by: \.key).filter { _, declarations in
            Set(declarations.map { "\($0.type)|\($0.defaultText ?? "")" }).count > 1
        }.keys.sorted()
    }

    // MARK: - Internal

    private func linker(_ references: References, _ config: ConfigParams) -> SlotLinker {
        let scoped = ScopedConfig(config: config, scope: scope, component: name)
        return SlotLinker(references: references, config: scoped, owner: component)
    }

    /// True if the component or a nested one reads its configuration by hand, so that its keys can't be checked.
    var readsByHand: Bool { component is any Configurable || children.contains(where: \.readsByHand) }

    var dependencyKeys: [String] {
        roles.compactMap(\.link?.keys).flatMap { $0.map(key) } + children.flatMap(\.dependencyKeys)
    }

    func key(_ key: String) -> String { scope.isEmpty ? key : "\(scope).\(key)" }

    private var allSlots: Set<ObjectIdentifier> {
        Set(slots.map { ObjectIdentifier($0) }).union(children.flatMap(\.allSlots))
    }

    /// Adds a component that a slot of this one has just created.
    private func adopt(
        _ child: any Component, _ references: References, _ config: ConfigParams
    ) async throws -> [ConfigProblem] {
        let owned = ComponentModel(child, name: name, scope: scope, nil)
        ownedChildren.withLock { $0.append(owned) }
        return try await owned.configure(config) + owned.link(references, config: config)
    }

    /// Returns true if a value is an object or an optional object. Only these are cast: the first failed cast of a type
    /// to a protocol searches all conformances of the process.
    private static func mayBeObject(_ value: Any) -> Bool {
        type(of: value) is AnyClass || Mirror(reflecting: value).displayStyle == .optional
    }

    private static func describe(_ slot: any Slot) -> String {
        if let setting = slot.role.config { return "setting '\(setting.declaration.key)'" }
        if let dependency = slot.role.link { return "dependency '\(dependency.declaration.name)'" }
        return "\(type(of: slot))"
    }
}
