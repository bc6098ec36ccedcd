public import ServiceLifecycle

/// Creates a service from its configuration and runs it (the toolkit's `Container`).
///
/// `open` creates the components in the order of the configuration, configures and links them, opens each after its
/// dependencies, and then starts accepting work. `close` drains work in flight and closes the components in reverse
/// order. As a `Service`, the container runs until graceful shutdown. It installs no signal handlers and never ends the
/// process.
public actor Container: Service {
    /// The service's name, used in the context info and as the trace id of start and stop.
    public nonisolated let name: String
    /// The components while the container is open.
    public nonisolated let references = References()
    /// Reports the service's health. Components find it at `pip-services:health:container:default:1.0`.
    public nonisolated var health: any HealthReporter { ownHealth }

    enum State { case closed, opening, open, closing }

    let description: String?
    let version: String?
    private let factory: CompositeFactory
    private let completing: (@Sendable (inout ContainerConfig) -> Void)?
    private var config = ContainerConfig()
    /// The configuration file, its parameters and secrets, and the contents last read.
    var source: (path: String, parameters: AnyValueMap, secrets: SecretFiles?, current: ConfigSource)?
    var watch: ConfigFileWatch?
    var state = State.closed
    /// The running `open`. `close` cancels it and waits for it.
    var opening: Task<Void, any Error>?
    /// The running `close`. All callers of `close` wait for it.
    var closing: Task<Void, any Error>?
    var composition: Composition?
    /// The components of the open service.
    var components: [ManagedComponent] = []
    var opened: [OpenedComponent] = []
    /// Components being added by `put`; they keep their dependencies in use.
    var joining: [ManagedComponent] = []
    /// The running `put` and `remove` calls, by number, with the component that is removed. `close` waits for them.
    var changes: [Int: (name: String, task: Task<Void, any Error>, leaving: ComponentModel?)] = [:]
    var changeCount = 0
    /// The component being opened, which is named if opening fails.
    var failing: String?
    var settings = ContainerSettings()
    private nonisolated let bound = Locked(ContainerSettings().bound)
    nonisolated let ownHealth = ContainerHealth()
    private let fallbackLogger: any Logger

    /// Creates a container.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service.
    ///   - version: the service's version, part of its status.
    ///   - allFactories: create the components. The last factory takes precedence.
    ///   - logger: receives log messages while the service has no loggers.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory],
        logger: any Logger = NullLogger()
    ) {
        self.init(name, description, version, allFactories, logger, completing: nil)
    }

    /// - Parameter completing: adds components that every configuration of this container contains.
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

    /// Sets the configuration. It takes effect at the next `open`.
    public func configure(_ config: ContainerConfig) {
        self.config = complete(config)
        source = nil
    }

    /// Reads the configuration from a file, see ``ContainerConfigReader``. While the container is open, the file and
    /// its secrets are checked for changes every `reload.interval`, see ``reload(_:_:)``.
    ///
    /// - Parameter secrets: the source of variables that the parameters do not set; nil for none.
    public func readConfigFromFile(
        _ path: String, parameters: AnyValueMap = [:], secrets: SecretFiles? = nil
    ) throws(ApplicationError) {
        let current = try ConfigSource.load(ConfigText.required(path), parameters: parameters, secrets)
        config = complete(try ContainerConfigReader.read(current, path: path, parameters: parameters))
        source = (path, parameters, secrets, current)
    }

    /// Adds a factory, which takes precedence over earlier ones.
    public func addFactory(_ factory: any ComponentFactory) { self.factory.add(factory) }

    /// The maximum time of a shutdown: `shutdown.delay` plus `shutdown.timeout`.
    public nonisolated var shutdownBound: Duration { bound.current }

    /// True while the container is open.
    public var isOpen: Bool { state == .open }

    /// Creates and links the components without opening them, and returns the problems in configuration and wiring,
    /// including those found by ``Checkable`` components. Has no effect on a container that is open.
    public func check() async -> [ConfigProblem] {
        let composition = Composition(factory, version: version)
        await compose(composition)
        // Components that can't be configured or linked are not checked further.
        if !composition.problems.contains(where: { $0.severity == .error }) {
            await composition.checkConfigurations(within: .seconds(10))
        }
        let commands = composition.references.sharedCommands
        let problems = composition.problems + composition.components.flatMap { $0.schemaProblems(commands) }
        await composition.unlink()
        return problems
    }

    /// Creates and links the components without opening them, and returns them with their dependencies and problems.
    /// Has no effect on a container that is open.
    public func graph() async -> ContainerGraph {
        let composition = Composition(factory, version: version)
        await compose(composition)
        let graph = ContainerGraph(name: name, composition)
        await composition.unlink()
        return graph
    }

    /// Describes the components that this container can create. The service's own factories come first.
    public nonisolated func catalog() -> [ComponentDescription] {
        factory.locators.map { ComponentDescription($0, factory) }
    }

    /// Creates, links and opens the components.
    ///
    /// - Throws: InvalidState `ALREADY_OPENED`; a Misconfiguration that lists all mistakes in the configuration; errors
    ///   that a component throws from `open`. On an error, opened components are closed again.
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

    /// Drains work in flight, then closes the components in reverse order of opening; loggers close last. The whole
    /// shutdown is limited to `shutdown.timeout`, which the components share. A container that is still opening is
    /// cancelled first. Concurrent calls wait for the same shutdown. Closing a closed container has no effect.
    ///
    /// - Throws: InvalidState `SHUTDOWN_OVERRUN`, which lists the components that did not end in time; otherwise
    ///   `CLOSE_FAILED`, which lists the components that failed to close, such as a persistence whose last write
    ///   failed.
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

    /// Adds the components that every configuration of this container contains.
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

    /// Cancels a running `open` and waits for it to undo its work.
    private func cancel(_ opening: Task<Void, any Error>, _ context: Context) async throws {
        opening.cancel()
        let (bound, clock) = (shutdownBound, clock)
        // Own task, because the caller may be cancelled; bounded, because a component may ignore cancellation.
        let ended = Task { try await withTimeout(bound, clock: clock) { _ = await opening.result } }
        guard try await ended.value == nil else { return }
        throw ApplicationError.invalidState(
            code: "SHUTDOWN_OVERRUN", "Container '\(name)' has not stopped opening within \(bound.settingText) ms",
            traceId: context.traceId)
    }

    /// The service's loggers, or the initial logger before any exist.
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
        // An unset variable is normal: its key counts as unset. Only a check reports it.
        for warning in composition.problems where warning.code != "UNSET_VARIABLE" {
            log.warn(context, "\(warning)")
        }
        for component in components where component.origin == .demand {
            log.info(context, "Created \(component.locator), which another component needs")
        }
        updateHealth()
    }
}
