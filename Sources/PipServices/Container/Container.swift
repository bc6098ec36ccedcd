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
    /// How the service is. Components find it at `pip-services:health:container:default:1.0`.
    public nonisolated var health: any HealthReporter { ownHealth }

    enum State { case closed, opening, open, closing }

    let description: String?
    let version: String?
    private let factory: CompositeFactory
    private let completing: (@Sendable (inout ContainerConfig) -> Void)?
    private var config = ContainerConfig()
    /// The files that the configuration comes from, and what they held.
    var source: (path: String, parameters: AnyValueMap, secrets: SecretFiles?, current: ConfigSource)?
    var watch: ConfigFileWatch?
    var state = State.closed
    /// The opening that is in progress: `close` cancels it and waits for its end.
    var opening: Task<Void, any Error>?
    /// The closing that is in progress: all callers of `close` wait for it.
    var closing: Task<Void, any Error>?
    var composition: Composition?
    /// All that belongs to the service while it is open.
    var components: [ManagedComponent] = []
    var opened: [OpenedComponent] = []
    /// Components that are being put in: they hold on to what they need.
    var joining: [ManagedComponent] = []
    /// The puts and removals in progress, by number: `close` waits for them.
    var changes: [Int: (name: String, task: Task<Void, any Error>)] = [:]
    var changeCount = 0
    /// The component that is being opened: the one to blame for an error of opening.
    var failing: String?
    var settings = ContainerSettings()
    private nonisolated let bound = Locked(ContainerSettings().bound)
    nonisolated let ownHealth = ContainerHealth()
    private let fallbackLogger: any Logger

    /// Creates a container.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is.
    ///   - version: the service's version, part of its status.
    ///   - allFactories: what components are created by; the last is asked first.
    ///   - logger: where messages go while the service has no loggers.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory],
        logger: any Logger = NullLogger()
    ) {
        self.init(name, description, version, allFactories, logger, completing: nil)
    }

    /// - Parameter completing: adds what every configuration of this container has.
    init(
        _ name: String, _ description: String?, _ version: String?, _ allFactories: [any ComponentFactory],
        _ logger: any Logger, completing: (@Sendable (inout ContainerConfig) -> Void)?
    ) {
        self.completing = completing
        self.name = name
        self.description = description
        self.version = version
        factory = CompositeFactory(allFactories)
        factory.add(Factory("pip-services:container:default:*:1.0") { ContainerSettings() })
        fallbackLogger = logger
    }

    /// Sets the components to create. Takes effect when the container is opened.
    public func configure(_ config: ContainerConfig) {
        self.config = complete(config)
        source = nil
    }

    /// Reads the components to create from a file, see ``ContainerConfigReader``. While the container is open, the file and
    /// the secrets that it uses are looked at every `reload.interval`, see ``reload(_:_:)``.
    ///
    /// - Parameter secrets: where variables come from that the parameters do not set; nil for nowhere.
    public func readConfigFromFile(
        _ path: String, parameters: AnyValueMap = [:], secrets: SecretFiles? = nil
    ) throws(ApplicationError) {
        let current = try ConfigSource.load(ConfigText.required(path), parameters: parameters, secrets)
        config = complete(try ContainerConfigReader.read(current, path: path, parameters: parameters))
        source = (path, parameters, secrets, current)
    }

    /// Adds a factory, which is asked before those that are there.
    public func addFactory(_ factory: any ComponentFactory) { self.factory.add(factory) }

    /// How long shutting down takes at most: `shutdown.delay` and `shutdown.timeout` together.
    public nonisolated var shutdownBound: Duration { bound.current }

    /// True while the container is open.
    public var isOpen: Bool { state == .open }

    /// Puts the service together without opening it, and tells all that is wrong with its configuration and wiring, and
    /// what ``Checkable`` components find. Changes nothing; an open container goes on.
    public func check() async -> [ConfigProblem] {
        let composition = Composition(factory, version: version)
        await compose(composition)
        // What can't be configured or linked can't be checked further.
        if !composition.problems.contains(where: { $0.severity == .error }) {
            await composition.checkConfigurations(within: .seconds(10))
        }
        let commands = composition.references.sharedCommands
        let problems = composition.problems + composition.components.flatMap { $0.schemaProblems(commands) }
        await composition.unlink()
        return problems
    }

    /// Puts the service together without opening it, and tells what it consists of and what is wrong with it.
    /// Changes nothing; an open container goes on.
    public func graph() async -> ContainerGraph {
        let composition = Composition(factory, version: version)
        await compose(composition)
        let graph = ContainerGraph(name: name, composition)
        await composition.unlink()
        return graph
    }

    /// What this container can create, in the order of the factories: the service's own come first.
    public nonisolated func catalog() -> [ComponentDescription] {
        factory.locators.map { ComponentDescription($0, factory) }
    }

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
        ownHealth.set(.starting)
        let task = Task { try await start(context) }
        opening = task
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Lets what is in flight end, then closes the components in the reverse order of opening, and the loggers after
    /// all others. All of it takes no longer than `shutdown.timeout`, of which each component has a share. A container
    /// that is still opening is cancelled, and closes what it has opened. Every caller waits until the container is
    /// closed; a closed container is left as it is.
    ///
    /// - Throws: InvalidState `SHUTDOWN_OVERRUN` that names the components which did not end in time, or else
    ///   `CLOSE_FAILED` that names those that failed to close, such as a persistence whose last write failed.
    public func close(_ context: Context) async throws {
        while state == .opening, let opening { try await cancel(opening, context) }
        if let closing { return try await closing.value }
        guard state == .open else { return }
        state = .closing
        let task = Task { try await stop(context) }
        closing = task
        try await task.value
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

    /// The configuration with what every configuration of this container has.
    func complete(_ config: ContainerConfig) -> ContainerConfig {
        var config = config
        completing?(&config)
        return config
    }

    private func start(_ context: Context) async throws {
        do {
            try await assemble(context)
            try await openComponents(context)
        } catch {
            let error = (error as? ApplicationError).map(config.secrets.conceal) ?? error
            let place = failing.map { ": '\($0)' cannot be opened" } ?? ""
            log.fatal(context, error: error, "Failed to start container '\(name)'\(place)")
            failing = nil
            _ = await shutDown(context, draining: false)
            throw error
        }
        opening = nil
        state = .open
        ownHealth.set(.running)
        startWatching(context)
        log.info(context, "Container \(name) started")
    }

    private func stop(_ context: Context) async throws {
        ownHealth.set(.stopping)
        watch?.stop()
        watch = nil
        let report = await shutDown(context, draining: true)
        guard let problem = report.problem else { return }
        throw ApplicationError.invalidState(
            code: problem.code, "Container '\(name)' \(problem.text)", traceId: context.traceId,
            details: ["components": .array(problem.components.map(AnyValue.string))])
    }

    /// Cancels an opening and waits for its end, which closes what was opened.
    private func cancel(_ opening: Task<Void, any Error>, _ context: Context) async throws {
        opening.cancel()
        let (bound, clock) = (shutdownBound, clock)
        // A task of its own: the caller may be cancelled. Bounded: a component may not react to cancellation.
        let ended = Task { try await withTimeout(bound, clock: clock) { _ = await opening.result } }
        guard try await ended.value == nil else { return }
        throw ApplicationError.invalidState(
            code: "SHUTDOWN_OVERRUN", "Container '\(name)' has not stopped opening within \(bound.settingText) ms",
            traceId: context.traceId)
    }

    /// The service's loggers; before there are any, the one that was given.
    var log: any Logger {
        guard let logger = composition?.logger, logger.level > .none else { return fallbackLogger }
        return logger
    }

    var clock: any ClockSource {
        references.getOneOptional("*:clock:*:*:1.0", as: (any ClockSource).self) ?? SystemClock()
    }

    private func compose(_ composition: Composition) async {
        var own: [(locator: Locator, create: @Sendable () throws -> any Component)] = []
        // Version 3 also writes container-info.
        if !config.components.contains(where: { ["context-info", "container-info"].contains($0.descriptor?.type) }) {
            own.append(
                (
                    "pip-services:context-info:default:default:1.0",
                    { [name, description] in ContextInfo(name: name, description: description) }
                ))
        }
        composition.references.put("pip-services:health:container:default:1.0", ownHealth)
        await composition.assemble(config, own: own)
    }

    /// Creates, configures and links all components.
    /// - Throws: all errors at once.
    private func assemble(_ context: Context) async throws {
        let composition = Composition(factory, references: references, version: version)
        self.composition = composition
        await compose(composition)
        components = composition.components
        settings = composition.settings
        bound.withLock { [settings] in $0 = settings.bound }
        try ConfigProblem.throwIfAny(composition.problems)
        // That a variable is not set is normal: its key then counts as unset. Only a check tells it.
        for warning in composition.problems where warning.code != "UNSET_VARIABLE" {
            log.warn(context, "\(warning)")
        }
        for component in components where component.origin == .demand {
            log.info(context, "Created \(component.locator), which another component needs")
        }
        updateHealth()
    }
}
