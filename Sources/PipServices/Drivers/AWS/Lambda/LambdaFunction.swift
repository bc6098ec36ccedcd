#if PIP_AWS
import Glibc
internal import UnixSignals

/// Runs a service as a function in AWS Lambda (the toolkit's `LambdaFunction`).
///
/// ```swift
/// @main struct Beacons {
///     static func main() async {
///         await LambdaFunction("beacons", factories: [BeaconsFactory.create()]).main()
///     }
/// }
/// ```
/// It reads the service's configuration from the file in the variable `CONFIG_PATH`, by default `./config/config.yml`,
/// with the environment as its parameters, and handles the events of the Lambda runtime sequentially:
///
/// - Events of API Gateway (payloads 1.0 and 2.0), function URLs and load balancers are passed to the routes of the
///   service's ``HTTPEndpoint``.
/// - All other events name an action in `cmd`: a ``LambdaAction`` passed to the initializer, or an action of a
///   ``LambdaController`` of the service.
///
/// The context of an event has its deadline, its trace position, and the values `aws_request_id` and
/// `invoked_function_arn`. SIGTERM shuts the service down gracefully. Startup errors are reported to the runtime.
public final class LambdaFunction: Sendable {
    /// The service.
    public let container: Container
    private let name: String
    private let actions: [LambdaAction]
    private let service: [Locator]
    private let factories: [any ComponentFactory]
    private let console = ConsoleLogger()
    private let dispatcher = Locked<LambdaDispatcher?>(nil)

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service.
    ///   - actions: the actions of the function itself (the toolkit's `registerAction`).
    ///   - allFactories: the factories of the components; the last one takes precedence.
    public convenience init(
        _ name: String, description: String? = nil, allFactories: [any ComponentFactory],
        @LambdaActionBuilder actions: () -> [LambdaAction] = { [] }
    ) {
        self.init(name, description: description, service: [], allFactories: allFactories, actions: actions())
    }

    /// Runs the function in the Lambda runtime, then exits the process: with 0 after SIGTERM, with 1 after an error of
    /// the startup or the runtime.
    public func main() async -> Never {
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let listener = Task {
            for await _ in signals { stop.finish() }
        }
        let code = await run(environment: ProcessEnvironment.variables, until: stops)
        listener.cancel()
        ConsoleOutput.flush(within: .seconds(1))
        exit(code)
    }

    /// Opens the service and collects its actions. The container's configuration must have been read.
    /// - Throws: Misconfiguration `DUPLICATED_ACTION` for two actions with the same name; Internal `REF_ERROR` if the
    ///   component with the commands is missing; as ``Container/open(_:)``.
    public func open(_ context: Context) async throws {
        try await container.open(context)
        do {
            let created = try await LambdaDispatcher(container.references, name: name, actions, service: service)
            dispatcher.displace { dispatcher in
                defer { dispatcher = created }
                return dispatcher
            }
        } catch {
            try? await container.close(context)
            throw error
        }
    }

    /// Closes the service.
    /// - Throws: as ``Container/close(_:)``.
    public func close(_ context: Context) async throws {
        dispatcher.displace { $0.take() }
        try await container.close(context)
    }

    /// Handles an event, like the toolkit's `act` and `getHandler`.
    /// - Returns: the response; null if there is none.
    /// - Throws: InvalidState `NOT_OPENED`; BadRequest `NO_COMMAND` for an event without `cmd`, and `NO_ACTION` for an
    ///   unknown action; the errors of the action.
    public func act(_ context: Context, _ event: AnyValue) async throws -> AnyValue {
        guard let dispatcher = dispatcher.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The function '\(name)' is not open", traceId: context.traceId)
        }
        return try await dispatcher.dispatch(context, event)
    }

    // MARK: - Internal

    /// - Parameter service: the locator of a component whose commands become actions.
    init(
        _ name: String, description: String?, service: [Locator], allFactories: [any ComponentFactory],
        actions: [LambdaAction]
    ) {
        self.name = name
        self.actions = actions
        self.service = service
        factories = allFactories
        container = Container(name, description: description, allFactories: allFactories, logger: console)
    }

    /// Runs the function until the stream ends; returns the exit code.
    func run(environment: AnyValueMap, until stops: AsyncStream<Void>) async -> Int32 {
        let context = Context(traceId: name)
        let runtime: LambdaRuntimeClient
        do {
            runtime = try LambdaRuntimeClient(context, environment, connector: try connector(context))
        } catch {
            console.fatal(context, error: error, "Process is terminated")
            return 1
        }
        let opening = Task {
            let path = environment["CONFIG_PATH"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "./config/config.yml"
            try await container.readConfigFromFile(path, parameters: environment)
            try await open(context)
        }
        let watch = Task {
            for await _ in stops {}
            // A cancelled wait is not a signal.
            guard !Task.isCancelled else { return }
            // Ends the startup or the wait for an event, but not the handling of an event.
            runtime.stop()
            opening.cancel()
        }
        defer { watch.cancel() }
        do {
            try await opening.value
        } catch {
            // The opened components were closed.
            if runtime.isStopped { return 0 }
            console.fatal(context, error: error, "Failed to start the function '\(name)'")
            await runtime.failInit(context, error)
            return 1
        }
        let loop = Task { await handleEvents(context, runtime) }
        let isOrderly = await loop.value
        watch.cancel()
        do {
            try await close(context)
        } catch {
            console.fatal(context, error: error, "Process is terminated")
            return 1
        }
        return isOrderly ? 0 : 1
    }

    /// Handles the bytes of an event from the runtime.
    /// - Returns: the bytes of the response, or of the error.
    package func respond(to event: [UInt8], _ context: Context) async -> (bytes: [UInt8], isError: Bool) {
        do {
            let value = try JSONParser.parse(event)
            return (JSONWriter.bytes(of: try await act(context, value)), false)
        } catch {
            return (LambdaFailure.payload(error, context), true)
        }
    }

    private func connector(_ context: Context) throws -> any HTTPConnector {
        for factory in factories.reversed() where factory.canCreate(HTTPConnectorSlot.compiledIn) != nil {
            if let connector = try factory.create(HTTPConnectorSlot.compiledIn) as? any HTTPConnector {
                return connector
            }
        }
        throw InProcessHTTPConnector.driver(libraryVersion: nil).notCompiledIn("A function in AWS Lambda")
            .withTraceId(context.traceId)
    }

    /// Handles events until the runtime client is stopped. Returns false if the runtime is no longer reachable.
    private func handleEvents(_ context: Context, _ runtime: LambdaRuntimeClient) async -> Bool {
        while let invocation = await runtime.next(context, console) {
            let clock = container.references.getOneOptional("*:clock:*:*:1.0", as: (any ClockSource).self)
            let inner = invocation.context(clock ?? SystemClock())
            let result = await bounded(inner, clock ?? SystemClock(), invocation.event)
            await runtime.complete(inner, invocation, result, console)
        }
        return runtime.isStopped
    }

    /// Handles an event until its deadline, because a later response would be discarded.
    private func bounded(
        _ context: Context, _ clock: any ClockSource, _ event: [UInt8]
    ) async -> (bytes: [UInt8], isError: Bool) {
        guard let deadline = context.deadline else { return await respond(to: event, context) }
        let left = deadline - clock.uptime
        let result = try? await withTimeout(left, clock: clock) { await self.respond(to: event, context) }
        if let result { return result }
        let error = ApplicationError.connection(
            code: "TIMEOUT", "The event was not handled by its deadline", traceId: context.traceId)
        return (LambdaFailure.payload(error, context), true)
    }
}
#endif
