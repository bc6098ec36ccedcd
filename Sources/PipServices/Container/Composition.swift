/// The components of a service, created, configured and linked but not opened, and the problems found on the way.
///
/// Used for opening a container, for a check, and for a graph.
final class Composition: Sendable {
    let references: References

    private struct State {
        var components: [ManagedComponent] = []
        var problems: [ConfigProblem] = []
        var secrets = ConfigSecrets()
        /// Descriptors that could not be created. A missing dependency on them is not reported a second time.
        var failed: [Descriptor] = []
        /// The locators of the components that the configuration lists.
        var listed: Set<Locator> = []
        var settings = ContainerSettings()
        var logger: ComponentModel?
        var order = ComponentOrder()
    }

    private let state = Locked(State())
    private let factory: CompositeFactory
    private let version: String?

    /// - Parameters:
    ///   - factory: creates the components.
    ///   - version: the version of the program.
    init(_ factory: any ComponentFactory, references: References = References(), version: String? = nil) {
        self.factory = CompositeFactory([factory])
        self.version = version
        self.references = references
    }

    /// The components, in creation order.
    var components: [ManagedComponent] { state.withLock { $0.components } }
    /// The errors and warnings.
    var problems: [ConfigProblem] { state.withLock { $0.secrets.conceal($0.problems) } }
    var settings: ContainerSettings { state.withLock { $0.settings } }
    /// The order in which to open the components.
    var order: ComponentOrder { state.withLock { $0.order } }
    /// All loggers of the service.
    var logger: CompositeLogger? { state.withLock { $0.logger?.component as? CompositeLogger } }

    /// Creates, configures and links the components. Never fails; errors are reported in ``problems``.
    func assemble(
        _ config: ContainerConfig, own: [(locator: Locator, create: @Sendable () throws -> any Component)]
    ) async {
        state.withLock { $0.secrets = config.secrets }
        add(config.problems)
        references.put("pip-services:factory:container:default:1.0", factory)
        references.onMissing { [weak self] in self?.build($0, $1) }
        references.noteLookUps()
        for (locator, create) in own { put(locator, origin: .container, create) }
        for component in config.components { await create(component) }
        // Linking may create further components for slots that ask for them.
        for component in components where !(component.model.component is any ComponentFactory) {
            await configure(component)
        }
        let configured = components.count
        var next = 0
        while next < components.count {
            let component = components[next]
            if next >= configured { await configure(component) }
            await link(component)
            next += 1
        }
        await linkLogger()
        // From here on, a component created on demand would be neither linked nor opened.
        references.onMissing(nil)
        review(references.takeLookUps())
    }

    /// Adds the problems that components find in their own configuration. `bound` limits each check.
    func checkConfigurations(within bound: Duration) async {
        let context = Context.empty
        for component in components {
            for inner in component.model.components {
                guard let checkable = inner as? any Checkable else { continue }
                do {
                    _ = try await withTimeout(bound, clock: SystemClock()) {
                        try await checkable.checkConfiguration(context)
                    }
                } catch {
                    let problem = component.problem(error)
                    // A component and its child may report the same problem.
                    if !problems.contains(problem) { add([problem]) }
                }
            }
        }
    }

    /// Updates the references of the container's logger.
    func relinkLogger() { state.withLock { $0.logger }?.relink(references, config: [:]) }

    /// Releases all dependencies.
    func unlink() async {
        for component in components.reversed() { await component.model.unlink() }
        await state.withLock { $0.logger }?.unlink()
        references.clear()
    }

    // MARK: - Steps

    private func add(_ problems: [ConfigProblem]) {
        if !problems.isEmpty { state.withLock { $0.problems += problems } }
    }

    private func put(
        _ locator: Locator, origin: ManagedComponent.Origin, _ create: () throws -> any Component
    ) {
        let config = ComponentConfig(locator.descriptor ?? Descriptor(nil, nil, nil, nil, nil))
        do {
            let model = try ComponentModel.create(name: "\(locator)", create)
            put(ManagedComponent(locator: locator, config: config, model: model, origin: origin))
        } catch {
            add([ConfigProblem(.error, code: "CANNOT_CREATE", "\(locator): \(error)", component: "\(locator)")])
        }
    }

    private func put(_ component: ManagedComponent) {
        state.withLock { $0.components.append(component) }
        references.put(component.locator, component.model.component)
        if component.locator.descriptor?.type == "container-info" {
            references.put("pip-services:context-info:default:default:1.0", component.model.component)
        }
        if let version { (component.model.component as? ContextInfo)?.setProgramVersion(version) }
        if let settings = component.model.component as? ContainerSettings { state.withLock { $0.settings = settings } }
    }

    private func create(_ config: ComponentConfig) async {
        switch model(config) {
        case .success(let component):
            if !state.withLock({ $0.listed.insert(component.locator).inserted }) {
                let text = "\(component.locator) is configured twice; give each of them a unique name"
                let problem = ConfigProblem(
                    .warning, code: "DUPLICATE_COMPONENT", text, component: "\(component.locator)")
                add([component.placed(problem)])
            }
            put(component)
            if let made = component.model.component as? any ComponentFactory {
                // Later problems may be caused by this one.
                await configure(component)
                factory.add(made)
            }
        case .failure(let problem):
            state.withLock { state in
                state.problems.append(problem)
                config.descriptor.map { state.failed.append($0) }
            }
        }
    }

    private func model(_ config: ComponentConfig) -> Result<ManagedComponent, ConfigProblem> {
        func problem(_ code: String, _ message: String, key: String) -> ConfigProblem {
            ConfigProblem(
                .error, code: code, message, component: config.descriptor?.description, key: key, file: config.file,
                line: config.lines[key] ?? config.lines[""])
        }
        guard let descriptor = config.descriptor else {
            return .failure(
                problem(
                    "TYPE_NOT_SUPPORTED",
                    "A component is given by 'type: \(config.type ?? "")'. Types can't be created by name in Swift; "
                        + "register a factory and give its 'descriptor'", key: "type"))
        }
        guard let registered = factory.canCreate(.descriptor(descriptor)) else {
            let nearest = NearestName.find(.descriptor(descriptor), among: factory.locators)
            return .failure(
                problem(
                    "UNKNOWN_DESCRIPTOR",
                    "Unknown descriptor '\(descriptor)': no factory creates it"
                        + (nearest.map { "; did you mean '\($0)'?" } ?? ""), key: "descriptor"))
        }
        do {
            let locator = Locator.descriptor(registered.descriptor.map(descriptor.completed) ?? descriptor)
            let model = try ComponentModel.create(name: "\(locator)") { try factory.create(.descriptor(descriptor)) }
            return .success(ManagedComponent(locator: locator, config: config, model: model))
        } catch let error as ApplicationError {
            return .failure(problem(error.code, "\(descriptor): \(error.message)", key: "descriptor"))
        } catch {
            return .failure(problem("CANNOT_CREATE", "\(descriptor): \(error)", key: "descriptor"))
        }
    }

    private func configure(_ component: ManagedComponent) async {
        do {
            add(try await component.model.configure(component.config.config).map(component.placed))
        } catch {
            add([component.problem(error)])
        }
    }

    private func link(_ component: ManagedComponent) async {
        let config = component.config.config
        do {
            let found = try await component.model.link(references, config: config)
            let new = found.filter { problem in !problem.missing.contains { $0.descriptor.map(hasFailed) ?? false } }
            // Not earlier: a component that is not shared declares its keys when it is created.
            add((new + component.model.unknownKeys(in: config)).map(component.placed))
        } catch {
            add([component.problem(error)])
        }
    }

    /// Creates an unlisted component for a slot that opts in, such as the built-in HTTP connector. A required
    /// `Dependency` is never created on demand: it could hide a mistake, such as memory in place of a database.
    private func build(_ locator: Locator, _ isWanted: (any Component) -> Bool) -> Reference? {
        guard let wanted = locator.descriptor, !hasFailed(wanted),
            let registered = factory.canCreate(locator)?.descriptor
        else { return nil }
        let completed = Locator.descriptor(wanted.completed(by: registered).completed(by: Self.defaults))
        do {
            let model = try ComponentModel.create(name: "\(completed)") { try factory.create(completed) }
            guard isWanted(model.component) else { return nil }
            let config = ComponentConfig(completed.descriptor ?? wanted)
            put(ManagedComponent(locator: completed, config: config, model: model, origin: .demand))
            return Reference(completed, model.component)
        } catch {
            let message = (error as? ApplicationError)?.message ?? "\(error)"
            let code = (error as? ApplicationError)?.code ?? "CANNOT_CREATE"
            state.withLock { state in
                state.problems.append(
                    ConfigProblem(.error, code: code, "\(completed): \(message)", component: "\(completed)"))
                state.failed.append(wanted)
            }
            return nil
        }
    }

    /// Returns true if a matching component failed to be created, which was reported.
    private func hasFailed(_ wanted: Descriptor) -> Bool { state.withLock { $0.failed }.contains { $0.match(wanted) } }

    /// Fills the descriptor parts that neither the requester nor the factory specifies.
    private static let defaults = Descriptor(nil, nil, "default", "default", "1.0")

    private func linkLogger() async {
        do {
            let model = try ComponentModel.create(name: "container") { CompositeLogger() }
            state.withLock { $0.logger = model }
            add(try await model.link(references, config: [:]))
        } catch {
            add([ConfigProblem(.error, code: "CANNOT_CREATE", "The container's logger: \(error)")])
        }
    }

    // MARK: - The whole

    private func review(_ lookedUp: Set<ObjectIdentifier>) {
        let components = components
        let order = ComponentOrder(components)
        state.withLock { $0.order = order }
        for cycle in order.cycles {
            let names = (cycle + cycle.prefix(1)).map { "\(components[$0].locator)" }.joined(separator: " -> ")
            let first = components[cycle[0]]
            add([
                first.placed(
                    ConfigProblem(
                        .warning, code: "CYCLE",
                        "These components depend on each other in a circle, and are opened in the order of the "
                            + "configuration: \(names)", component: "\(first.locator)", key: "descriptor"))
            ])
        }
        // If dependencies are missing, the check would be meaningless.
        if !problems.contains(where: { $0.severity == .error }) {
            let service = components.flatMap(\.model.components)
            for component in components { add(component.model.review(service).map(component.placed)) }
        }
        let used = state.withLock { $0.logger?.linked ?? [] } + components.flatMap(\.model.linked)
        let known = lookedUp.union(used)
        for component in components where component.origin == .configuration && !isUseful(component, known) {
            add([
                component.placed(
                    ConfigProblem(
                        .warning, code: "UNUSED",
                        "\(component.locator): no other component uses it, and it does nothing by itself",
                        component: "\(component.locator)", key: "descriptor"))
            ])
        }
    }

    private func isUseful(_ component: ManagedComponent, _ used: Set<ObjectIdentifier>) -> Bool {
        let types = ["context-info", "container-info", "container", "clock", "random"]
        if let type = component.locator.descriptor?.type, types.contains(type) { return true }
        return component.model.components.contains { inner in
            used.contains(ObjectIdentifier(inner)) || inner is any Openable
                || inner is any Referenceable || inner is any ComponentFactory
        }
    }
}
