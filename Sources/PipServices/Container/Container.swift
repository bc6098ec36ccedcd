public import ServiceLifecycle

/// Puts a service together from its configuration and runs it (the toolkit's `Container`).
///
/// Opening creates the components in the order of the configuration, fills their settings and dependencies, opens them
/// after what they depend on, and at last lets work in. Closing lets what is in flight end, then closes in reverse.
/// As a `Service` it runs until graceful shutdown; it handles no signals and never ends the process.
public actor Container: Service {
    /// The service's name: the name of its context info and the trace id of its start and stop.
    public nonisolated let name: String
    /// The components while the container is open.
    public nonisolated let references = References()

    private enum State { case closed, opening, open, closing }

    private let description: String?
    private let factory: CompositeFactory
    private var config = ContainerConfig()
    private var state = State.closed
    private var components: [ManagedComponent] = []
    private var opened: [(component: any Component, closable: any Closable)] = []
    private var edges: [(component: any Component, edge: any Edge)] = []
    private var settings = ContainerSettings()
    private nonisolated let bound = Locked(ContainerSettings().bound)
    private var logger: ComponentModel?
    private var compositeLogger: CompositeLogger?
    private let fallbackLogger: any Logger

    /// Creates a container.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is.
    ///   - allFactories: what components are created by; the last is asked first.
    ///   - logger: where messages go while the service has no loggers.
    public init(
        _ name: String, description: String? = nil, allFactories: [any ComponentFactory],
        logger: any Logger = NullLogger()
    ) {
        self.name = name
        self.description = description
        factory = CompositeFactory(allFactories)
        factory.add(Factory("pip-services:container:default:*:1.0") { ContainerSettings() })
        fallbackLogger = logger
    }

    /// Sets the components to create. Takes effect when the container is opened.
    public func configure(_ config: ContainerConfig) { self.config = config }

    /// Reads the components to create from a file, see ``ContainerConfigReader``.
    public func readConfigFromFile(_ path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) {
        config = try ContainerConfigReader.readFromFile(path, parameters: parameters)
    }

    /// Adds a factory, which is asked before those that are there.
    public func addFactory(_ factory: any ComponentFactory) { self.factory.add(factory) }

    /// How long shutting down takes at most: `shutdown.delay` and `shutdown.timeout` together.
    public nonisolated var shutdownBound: Duration { bound.current }

    /// True while the container is open.
    public var isOpen: Bool { state == .open }

    /// Puts the service together and opens it.
    ///
    /// - Throws: InvalidState `ALREADY_OPENED`; a Misconfiguration that names all mistakes in the configuration; or
    ///   what a component throws when it opens. What was opened by then is closed again.
    public func open(_ context: Context) async throws {
        guard state == .closed else {
            throw ApplicationError.invalidState(
                code: "ALREADY_OPENED", "Container '\(name)' is already open", traceId: context.traceId)
        }
        state = .opening
        do {
            let warnings = try await assemble()
            for warning in warnings { log.warn(context, "\(warning)") }
            try await openComponents(context)
        } catch {
            log.fatal(context, error: error, "Failed to start container '\(name)'")
            _ = await shutDown(context, draining: false)
            throw error
        }
        state = .open
        log.info(context, "Container \(name) started")
    }

    /// Lets what is in flight end, then closes the components in the reverse order of opening. All of it takes no
    /// longer than `shutdown.timeout`. A closed container is left as it is.
    ///
    /// - Throws: InvalidState `SHUTDOWN_OVERRUN` that names the components which did not end in time.
    public func close(_ context: Context) async throws {
        guard state == .open else { return }
        state = .closing
        let overrun = await shutDown(context, draining: true)
        guard overrun.isEmpty else {
            throw ApplicationError.invalidState(
                code: "SHUTDOWN_OVERRUN",
                "Container '\(name)' did not shut down in time: \(overrun.joined(separator: ", "))",
                traceId: context.traceId, details: ["components": .array(overrun.map(AnyValue.string))])
        }
    }

    /// Opens the container, waits for graceful shutdown, and closes it.
    public func run() async throws {
        let context = Context(traceId: name)
        try await open(context)
        // Cancellation ends the wait too.
        try? await gracefulShutdown()
        try await close(context)
    }

    // MARK: - Internal

    /// The service's loggers; before there are any, the one that was given.
    private var log: any Logger {
        guard let compositeLogger, compositeLogger.level > .none else { return fallbackLogger }
        return compositeLogger
    }

    private var clock: any ClockSource {
        references.getOneOptional("*:clock:*:*:1.0", as: (any ClockSource).self) ?? SystemClock()
    }

    /// Creates, configures and links all components. Gives warnings; throws when there are errors, all of them at once.
    private func assemble() async throws -> [ConfigProblem] {
        var problems = try createComponents()
        for component in components {
            problems += try await component.model.configure(component.config.config).map(component.placed)
        }
        let bound = settings.bound
        self.bound.withLock { $0 = bound }
        for component in components {
            let found = try await component.model.link(references, config: component.config.config)
            // Only now are all keys known: those of a component that is not shared come with its creation.
            problems += (found + component.model.unknownKeys(in: component.config.config)).map(component.placed)
        }
        problems += try await linkLogger()
        let errors = problems.filter { $0.severity == .error }
        if !errors.isEmpty { throw Self.error(for: errors) }
        return problems
    }

    private func linkLogger() async throws -> [ConfigProblem] {
        let model = try ComponentModel.create(name: "container") { CompositeLogger() }
        logger = model
        compositeLogger = model.component as? CompositeLogger
        return try await model.link(references, config: [:])
    }

    private func createComponents() throws -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        references.put("pip-services:factory:container:default:1.0", factory)
        let info = Descriptor("pip-services", "context-info", "default", "default", "1.0")
        // Version 3 also writes container-info.
        if !config.components.contains(where: { ["context-info", "container-info"].contains($0.descriptor?.type) }) {
            let model = try ComponentModel.create(name: "\(info)") { ContextInfo(name: name, description: description) }
            components.append(
                ManagedComponent(locator: .descriptor(info), config: ComponentConfig(info), model: model))
            references.put(.descriptor(info), model.component)
        }
        for component in config.components {
            switch create(component) {
            case .success(let managed):
                components.append(managed)
                references.put(managed.locator, managed.model.component)
                if managed.locator.descriptor?.type == "container-info" {
                    references.put(.descriptor(info), managed.model.component)
                }
                if let settings = managed.model.component as? ContainerSettings { self.settings = settings }
            case .failure(let problem): problems.append(problem)
            }
        }
        return problems
    }

    private func create(_ config: ComponentConfig) -> Result<ManagedComponent, ConfigProblem> {
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
            let nearest = Spelling.nearest(to: .descriptor(descriptor), among: factory.locators)
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

    private static func error(for problems: [ConfigProblem]) -> ApplicationError {
        if problems.count == 1 { return .config(code: problems[0].code, "\(problems[0])") }
        let lines = problems.map { "\n  - \($0)" }.joined()
        return .config(code: "BAD_CONFIG", "\(problems.count) mistakes in the configuration:\(lines)")
    }

    private func openComponents(_ context: Context) async throws {
        for index in ComponentOrder.sort(components) {
            for component in components[index].model.components {
                try Task.checkCancellation()
                let role = component.lifecycleRole
                // Also one that fails to open is closed again: it may hold part of what it needs.
                if let closable = role.closable { opened.append((component, closable)) }
                try await role.openable?.open(context)
                if let edge = role.edge { edges.append((component, edge)) }
            }
        }
        for (_, edge) in edges {
            try Task.checkCancellation()
            try await edge.startAccepting(context)
        }
    }

    /// Drains and closes what is open. Gives the names of what did not end in time.
    private func shutDown(_ context: Context, draining: Bool) async -> [String] {
        // A task of its own: that the caller is cancelled must not keep components from closing.
        await Task { await shutDownUncancelled(context, draining: draining) }.value
    }

    private func shutDownUncancelled(_ context: Context, draining: Bool) async -> [String] {
        let clock = clock
        let timeout = settings.shutdownTimeout()
        var overrun: [String] = []
        if draining {
            let delay = settings.shutdownDelay()
            if delay > .zero { try? await clock.sleep(for: delay) }
        }
        let deadline = clock.uptime + timeout
        overrun += await drain(context, within: timeout / 2, clock)
        for (component, closable) in opened.reversed() {
            do {
                let left = max(.zero, deadline - clock.uptime)
                if try await bounded(by: left, clock: clock, { try await closable.close(context) }) == nil {
                    overrun.append(name(of: component))
                }
            } catch {
                log.error(context, error: error, "Failed to close \(name(of: component))")
            }
        }
        for component in overrun { log.error(context, "\(component) did not end within \(timeout.settingText) ms") }
        if draining { log.info(context, "Container \(name) stopped") }
        for component in components.reversed() { await component.model.unlink() }
        await logger?.unlink()
        for locator in references.allLocators { references.removeAll(locator) }
        (components, opened, edges, settings, state) = ([], [], [], ContainerSettings(), .closed)
        (logger, compositeLogger) = (nil, nil)
        return overrun
    }

    private func drain(_ context: Context, within bound: Duration, _ clock: any ClockSource) async -> [String] {
        let edges = edges
        return await withTaskGroup(of: (any Component)?.self) { group in
            for (component, edge) in edges {
                group.addTask {
                    let ended: Void? = try? await bounded(by: bound, clock: clock) { await edge.drain(context) }
                    return ended == nil ? component : nil
                }
            }
            var overrun: [String] = []
            for await component in group {
                if let component { overrun.append(name(of: component)) }
            }
            return overrun
        }
    }

    private func name(of component: any Component) -> String {
        let owner = components.first { $0.model.components.contains { $0 === component } }
        return owner.map { "\($0.locator)" } ?? "\(type(of: component))"
    }
}
