/// What a component is made of: its slots and child components, found by reflection once.
///
/// Filling happens here too, so that the container and `PipServicesTesting.assemble` do the same.
final class ComponentModel: Sendable {
    let component: any Component
    /// The component's locator, for messages.
    let name: String
    /// The section that the component's keys stand in; empty except for children.
    let scope: String
    private let slots: [any Slot]
    private let fixedChildren: [ComponentModel]
    /// Components that came by linking: those a `Shared` slot owns.
    private let ownedChildren = Locked<[ComponentModel]>([])

    /// Creates a component and finds its slots.
    ///
    /// - Throws: what `create` throws; Misconfiguration `HIDDEN_SLOT` when a slot was created that can't be reached.
    static func create(name: String, _ create: () throws -> any Component) throws -> ComponentModel {
        let collector = SlotCollector()
        let component = try SlotCollector.$current.withValue(collector, operation: create)
        let model = ComponentModel(component, name: name)
        let reached = model.allSlots
        let hidden = collector.slots.filter { !reached.contains(ObjectIdentifier($0)) }
        guard hidden.isEmpty else {
            let names = hidden.map(Self.describe).joined(separator: ", ")
            throw ApplicationError.config(
                code: "HIDDEN_SLOT",
                "\(name): \(type(of: component)) has slots that can't be found: \(names). "
                    + "Store each in a property of its own, or list it in 'slots'")
        }
        return model
    }

    init(_ component: any Component, name: String, scope: String = "") {
        self.component = component
        self.name = name
        self.scope = scope
        var slots: [any Slot] = []
        var children: [ComponentModel] = []
        func add(_ value: Any) {
            if let slot = value as? any Slot {
                guard !slots.contains(where: { $0 === slot }) else { return }
                slots.append(slot)
                if let child = slot as? any ChildSlot, let component = child.child {
                    children.append(Self.child(component, of: name, in: scope, child.scope))
                }
            } else if let child = value as? any Component {
                children.append(Self.child(child, of: name, in: scope, nil))
            }
        }
        for child in Mirror(reflecting: component).children { add(child.value) }
        component.slots.forEach(add)
        self.slots = slots
        fixedChildren = children
    }

    /// The child components, fixed and owned.
    var children: [ComponentModel] { fixedChildren + ownedChildren.current }

    /// The component and all components inside it, inner ones first.
    var components: [any Component] { children.flatMap(\.components) + [component] }

    /// All settings with their full keys.
    var settings: [SettingDeclaration] {
        let own = slots.compactMap { $0 as? any ConfigSlot }.flatMap(\.declarations).map { declaration in
            var declaration = declaration
            declaration.key = key(declaration.key)
            declaration.aliases = declaration.aliases.map(key)
            return declaration
        }
        return own + children.flatMap(\.settings)
    }

    /// All dependencies.
    var dependencies: [DependencyDeclaration] {
        slots.compactMap { ($0 as? any LinkSlot)?.declaration } + children.flatMap(\.dependencies)
    }

    /// The components of the service that this one and its children are linked with.
    var linked: [any Sendable] {
        slots.compactMap { ($0 as? any LinkSlot)?.linked }.flatMap { $0 } + children.flatMap(\.linked)
    }

    /// True when the component or one inside it reads configuration by hand, so that its keys can't be checked.
    var readsByHand: Bool { component is any Configurable || children.contains(where: \.readsByHand) }

    /// Fills the settings. Gives what is wrong with the values.
    func configure(_ config: ConfigParams) async throws -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for child in children { problems += try await child.configure(config) }
        let scoped = ScopedConfig(config: config, scope: scope, component: name)
        for case let slot as any ConfigSlot in slots { problems += slot.configure(scoped) }
        if problems.isEmpty, let component = component as? any Configurable {
            try await component.configure(scope.isEmpty ? config : config.section(scope))
        }
        return problems
    }

    /// Fills the dependencies. Gives what is missing.
    func link(_ references: References, config: ConfigParams) async throws -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for child in children { problems += try await child.link(references, config: config) }
        let scoped = ScopedConfig(config: config, scope: scope, component: name)
        let linker = SlotLinker(references: references, config: scoped, owner: component)
        for case let slot as any LinkSlot in slots {
            problems += slot.link(linker)
            guard let shared = slot as? any ChildSlot, let component = shared.child else { continue }
            let owned = Self.child(component, of: name, in: scope, shared.scope)
            ownedChildren.withLock { $0.append(owned) }
            problems += try await owned.configure(config)
            problems += try await owned.link(references, config: config)
        }
        if problems.isEmpty, let component = component as? any Referenceable {
            try await component.setReferences(references)
        }
        return problems
    }

    /// Lets go of the dependencies.
    func unlink() async {
        if let component = component as? any Unreferenceable { await component.unsetReferences() }
        for case let slot as any LinkSlot in slots { slot.unlink() }
        for child in children { await child.unlink() }
        ownedChildren.withLock { $0 = [] }
    }

    /// Warns of keys that nothing reads, with the nearest that something does.
    func unknownKeys(in config: ConfigParams) -> [ConfigProblem] {
        guard !readsByHand else { return [] }
        let settings = settings
        let sections = settings.filter(\.isSection).map { $0.key + "." }
        let known = Set(
            settings.flatMap { [$0.key] + $0.aliases } + dependencies.flatMap(\.keys) + ["descriptor"])
        return config.keys.filter { key in
            !known.contains(key) && !sections.contains { key.hasPrefix($0) }
        }.map { key in
            ConfigProblem(
                .warning, code: "UNKNOWN_KEY",
                "\(name): unknown key '\(key)'" + Spelling.hint(for: key, among: known.sorted()), component: name,
                key: key)
        }
    }

    /// Keys to which two slots give different meanings. A mistake of the component's author, for tests to find.
    var conflictingKeys: [String] {
        Dictionary(grouping: settings, by: \.key).filter { _, declarations in
            Set(declarations.map { "\($0.type)|\($0.defaultText ?? "")" }).count > 1
        }.keys.sorted()
    }

    // MARK: - Internal

    private func key(_ key: String) -> String { scope.isEmpty ? key : "\(scope).\(key)" }

    private var allSlots: Set<ObjectIdentifier> {
        Set(slots.map { ObjectIdentifier($0) }).union(children.flatMap(\.allSlots))
    }

    private static func child(
        _ component: any Component, of name: String, in scope: String, _ prefix: String?
    ) -> ComponentModel {
        let inner = [scope, prefix ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
        return ComponentModel(component, name: name, scope: inner)
    }

    private static func describe(_ slot: any Slot) -> String {
        switch slot {
        case let slot as any ConfigSlot: "setting '\(slot.declarations.first?.key ?? "")'"
        case let slot as any LinkSlot: "dependency '\(slot.declaration.name)'"
        default: "\(type(of: slot))"
        }
    }
}
