internal import CLinux
import Glibc
internal import UnixSignals

/// Runs a service as a process (the toolkit's `ProcessContainer`): owns the command line, signals and the exit code.
///
/// ```swift
/// @main struct Hello {
///     static func main() async {
///         await ProcessContainer("hello", factories: [Factory("hello:service:default:*:1.0") { HelloService() }]).main()
///     }
/// }
/// ```
/// SIGTERM and SIGINT shut down in order, within the bound `shutdown.timeout`; a second one ends the process at once.
/// SIGHUP reads the configuration file again, as a changed file is, see ``Container/reload(_:_:)``; in a process with a
/// controlling terminal, which then has hung up, it shuts down like SIGTERM. SIGHUP stays ignored after `nohup`.
/// Variables of the configuration that neither the environment nor a parameter sets are read from files, see
/// ``SecretFiles``. A service manager such as systemd learns when the service is ready, reloads and stops, and that it is
/// alive, where `NOTIFY_SOCKET` and `WATCHDOG_USEC` ask for it.
/// `--check`, `--graph` and `--list` tell about the service instead of running it, and `--probe` asks one that runs, see
/// `--help`.
/// The exit code is 0 after an orderly end; 1 after a failed start, an end that overran, or a component that failed to
/// close; 2 for arguments that are not understood.
public struct ProcessContainer: Sendable {
    /// The container.
    public let container: Container
    private let name: String
    private let description: String?
    private let version: String?
    private let console = ConsoleLogger()
    private let relay: EcosystemRelay

    /// Creates the container of a process, with all the factories that it needs.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - allFactories: what components are created by; the last is asked first.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory]
    ) {
        self.init(name, description: description, version: version, allFactories: allFactories, completing: nil)
    }

    /// - Parameter completing: adds what every configuration of this process has.
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

    /// Runs the service by the process's arguments, and ends the process.
    ///
    /// - Parameters:
    ///   - defaultConfig: the configuration file where the arguments name none.
    ///   - bridges: the packages whose messages, measurements and spans go to the service's components; by default
    ///     none. They are bootstrapped here, which a process can do once.
    ///   - onStart: is called once the service is up.
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

    /// Runs the service until a signal; gives the exit code.
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
        // A peer that closes its socket or pipe early is an error of that write, not the end of the process.
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

    /// True if the process has a controlling terminal, whose end SIGHUP tells.
    private static var hasTerminal: Bool {
        let descriptor = Glibc.open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        _ = Glibc.close(descriptor)
        return true
    }

    /// Ends the process when the service has not shut down long after its bound: what reacts neither to being opened no
    /// longer nor to cancellation must not keep the process.
    private func endWhenOverdue(_ context: Context) {
        let bound = container.shutdownBound + .seconds(2)
        Task {
            try await SystemClock().sleep(for: bound)
            console.fatal(context, "Process is terminated: it has not shut down within \(bound.settingText) ms")
            ConsoleOutput.flush(within: .seconds(1))
            _exit(1)
        }
    }

    /// Reads the configuration again, and reports it.
    private func reload(_ context: Context, _ notifier: ServiceNotifier?) async {
        notifier?.reloading()
        let isTaken = await container.reloadFile(context)
        notifier?.ready(isTaken ? "Running" : "Running; the changed configuration is not taken, the old one stays")
    }

    private func runUntilSignal(
        _ context: Context, _ notifier: ServiceNotifier?, _ onStart: (@Sendable (Container) async -> Void)?
    ) async -> Int32 {
        // nohup asks for a process that outlives its terminal.
        let trapped: [UnixSignal] = [.sigterm, .sigint] + (pip_ignores_hangup() == 1 ? [] : [.sighup])
        let signals = await UnixSignalsSequence(trapping: trapped)
        let hasTerminal = Self.hasTerminal
        let opening = Task { try await container.open(context) }
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let listener = Task {
            var isStopping = false
            for await signal in signals {
                if signal == .sighup, !hasTerminal {
                    // Before it has started, it is not ready.
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
            // The container has logged why.
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
