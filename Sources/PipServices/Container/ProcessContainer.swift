internal import CLinux
import Glibc
internal import UnixSignals

/// Runs a service as a process (the toolkit's `ProcessContainer`): parses the command line, handles signals and sets
/// the exit code.
///
/// ```swift
/// @main struct Hello {
///     static func main() async {
///         await ProcessContainer("hello", factories: [Factory("hello:service:default:*:1.0") { HelloService() }]).main()
///     }
/// }
/// ```
/// SIGTERM and SIGINT start a graceful shutdown, bounded by `shutdown.timeout`; a second signal ends the process at
/// once. SIGHUP reloads the configuration file, see ``Container/reload(_:_:)``. In a process with a controlling
/// terminal, SIGHUP means that the terminal was closed, and shuts down like SIGTERM. Under `nohup`, SIGHUP stays
/// ignored.
/// Variables that neither the environment nor a parameter sets are read from files, see ``SecretFiles``. If
/// `NOTIFY_SOCKET` and `WATCHDOG_USEC` are set, a service manager such as systemd is notified of readiness, reloads and
/// shutdown, and receives watchdog messages.
/// `--check`, `--graph` and `--list` inspect the service instead of running it; `--probe` checks a running one, see
/// `--help`. The exit code is 0 after an orderly shutdown; 1 after a failed start, a shutdown that took too long or a
/// component that failed to close; 2 for invalid arguments.
public struct ProcessContainer: Sendable {
    /// The container.
    public let container: Container
    private let name: String
    private let description: String?
    private let version: String?
    private let console = ConsoleLogger()
    private let relay: EcosystemRelay

    /// Creates a process container.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - allFactories: create the components. The last factory takes precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory]
    ) {
        self.init(name, description: description, version: version, allFactories: allFactories, completing: nil)
    }

    /// - Parameter completing: adds components that every configuration of this process contains.
    init(
        _ name: String, description: String?, version: String?, allFactories: [any ComponentFactory],
        completing: (@Sendable (inout ContainerConfig) -> Void)?
    ) {
        self.name = name
        self.description = description
        self.version = version
        relay = EcosystemRelay(fallback: console)
        container = Container(name, description, version, allFactories, console, completing: completing)
    }

    /// Runs the service according to the command line, and then exits the process.
    ///
    /// - Parameters:
    ///   - defaultConfig: the configuration file to use if the arguments name none.
    ///   - bridges: the packages to connect to the service's loggers, counters and tracers; none by default. They are
    ///     bootstrapped here, which is possible once in a process.
    ///   - onStart: called when the service has started.
    public func main(
        defaultConfig: String = "./config/config.yml", bridges: EcosystemBridges = [],
        onStart: (@Sendable (Container) async -> Void)? = nil
    ) async -> Never {
        relay.bootstrap(bridges)
        let environment = ProcessEnvironment.variables
        for name in ServiceNotifier.variables { unsetenv(name) }
        let code = await run(
            Array(CommandLine.arguments.dropFirst()), environment: environment, defaultConfig: defaultConfig,
            onStart: onStart)
        exit(code)
    }

    // MARK: - Internal

    /// Runs the service until a signal; returns the exit code.
    func run(
        _ arguments: [String], environment: AnyValueMap, defaultConfig: String,
        onStart: (@Sendable (Container) async -> Void)?
    ) async -> Int32 {
        let context = Context(traceId: name)
        let options = ProcessArguments(arguments)
        if options.wantsHelp {
            print(ProcessArguments.usage(name: name, description: description, defaultConfig: defaultConfig))
            return 0
        }
        if options.wantsVersion {
            print("\(name) \(version ?? "(no version)")\nPipServices \(ToolkitVersion.current)")
            return 0
        }
        guard options.mistakes.isEmpty else {
            for mistake in options.mistakes { console.fatal(context, mistake) }
            return 2
        }
        if let probe = options.probe { return probe.isWell ? 0 : 1 }
        let path = options.config ?? defaultConfig
        let parameters = options.parameters(environment)
        let secrets = options.secretFiles(environment)
        if let inspection = options.inspection {
            return await inspection.run(container, path: path) { () throws(ApplicationError) in
                try ContainerConfigReader.unchecked(path, parameters: parameters, secrets: secrets)
            }
        }
        let notifier = ServiceNotifier(environment, pid: getpid())
        // Turns a closed peer into an error of the write instead of the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await container.readConfigFromFile(path, parameters: parameters, secrets: secrets)
        } catch {
            notifier?.failed(error)
            console.fatal(context, error: error, "Process is terminated")
            return 1
        }
        let alive = Task { await notifier?.reportAlive(clock: SystemClock()) }
        defer { alive.cancel() }
        return await runUntilSignal(context, notifier, onStart)
    }

    /// True if the process has a controlling terminal; SIGHUP then means that it was closed.
    private static var hasTerminal: Bool {
        let descriptor = Glibc.open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        _ = Glibc.close(descriptor)
        return true
    }

    /// Exits the process if shutdown exceeds its bound by far: a component that ignores cancellation must not keep the
    /// process alive.
    private func endWhenOverdue(_ context: Context) {
        let bound = container.shutdownBound + .seconds(2)
        Task {
            try await SystemClock().sleep(for: bound)
            console.fatal(context, "Process is terminated: it has not shut down within \(bound.settingText) ms")
            ConsoleOutput.flush(within: .seconds(1))
            _exit(1)
        }
    }

    /// Reloads the configuration and logs the result.
    private func reload(_ context: Context, _ notifier: ServiceNotifier?) async {
        notifier?.reloading()
        let isTaken = await container.reloadFile(context)
        notifier?.ready(isTaken ? "Running" : "Running; the changed configuration is rejected, the old one stays")
    }

    private func runUntilSignal(
        _ context: Context, _ notifier: ServiceNotifier?, _ onStart: (@Sendable (Container) async -> Void)?
    ) async -> Int32 {
        // `nohup` asks for a process that outlives its terminal.
        let trapped: [UnixSignal] = [.sigterm, .sigint] + (pip_ignores_hangup() == 1 ? [] : [.sighup])
        let signals = await UnixSignalsSequence(trapping: trapped)
        let hasTerminal = Self.hasTerminal
        let opening = Task { try await container.open(context) }
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let listener = Task {
            var isStopping = false
            for await signal in signals {
                if signal == .sighup, !hasTerminal {
                    // The service is not ready before it has started.
                    if await container.isOpen { await reload(context, notifier) }
                    continue
                }
                if isStopping { _exit(128 + signal.rawValue) }
                isStopping = true
                notifier?.stopping()
                opening.cancel()
                stop.finish()
                endWhenOverdue(context)
            }
        }
        defer { listener.cancel() }
        do {
            try await opening.value
        } catch is CancellationError {
            return 0
        } catch {
            // The container has already logged the reason.
            notifier?.failed(error)
            return 1
        }
        notifier?.ready("Running")
        relay.connect(container.references)
        defer { relay.disconnect() }
        let trimming = Task { await ProcessMemory.trim(every: container.settings.trimInterval()) }
        defer { trimming.cancel() }
        await onStart?(container)
        for await _ in stops {}
        do {
            try await container.close(context)
        } catch {
            console.fatal(context, error: error, "Process is terminated")
            return 1
        }
        return 0
    }
}
