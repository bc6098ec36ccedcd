#if PIP_AWS
/// Dispatches events to a route of the HTTP endpoint or to an action.
final class LambdaDispatcher: Sendable {
    private let actions: FunctionActions<LambdaAction>
    private let endpoint: HTTPEndpoint?
    private let instruments: Instruments
    private let clock: any ClockSource

    /// - Parameters:
    ///   - name: the name of the function, a prefix in the counters of its own actions.
    ///   - own: the actions of the function itself.
    ///   - service: the locator of a component whose commands become actions.
    /// - Throws: Misconfiguration `NO_COMMAND` or `DUPLICATED_ACTION`; Internal `REF_ERROR`; Unsupported `NO_COMMANDS`.
    init(_ references: References, name: String, _ own: [LambdaAction], service: [Locator]) async throws {
        let instruments = Instruments()
        try ConfigProblem.throwIfAny(
            try await ComponentAssembly.link(instruments, name: name, references: references))
        var all = own.map { ($0, "\(name).\($0.cmd)") }
        for locator in service {
            let component = try references.getOneRequired(locator, as: (any Sendable).self)
            guard let commandable = component as? any Commandable else {
                throw ApplicationError.unsupported(
                    code: "NO_COMMANDS", "The service \(type(of: component)) has no commands")
            }
            let commands = references.sharedCommands.commands(of: commandable)
            all += commands.interceptedCommands.map { (LambdaAction($0), "\(name).\($0.name)") }
        }
        var actions = FunctionActions<LambdaAction>()
        for (action, operation) in all {
            let hosted = action.hosted(operation, instruments, [])
            try actions.add(hosted, named: action.cmd, of: LambdaFunction.self, .empty)
        }
        for component in references.all {
            guard let controller = component as? any LambdaController else { continue }
            let (host, interceptors) = (controller.lambda, controller.interceptors)
            for action in controller.actions {
                let cmd = host.name.isEmpty ? action.cmd : "\(host.name).\(action.cmd)"
                let hosted = action.hosted(cmd, host.instruments, interceptors)
                try actions.add(hosted, named: action.cmd, prefix: host.name, of: type(of: controller), .empty)
            }
        }
        self.actions = actions
        self.instruments = instruments
        endpoint = references.getOneOptional("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
        clock = references.getOneOptional("*:clock:*:*:1.0", as: (any ClockSource).self) ?? SystemClock()
    }

    /// Handles an event.
    /// - Throws: BadRequest `NO_COMMAND` or `NO_ACTION`; Unsupported `NO_ENDPOINT`; the errors of the action.
    func dispatch(_ context: Context, _ event: AnyValue) async throws -> AnyValue {
        do {
            let fields = event.map ?? [:]
            if let http = LambdaHTTPEvent(fields) { return try await serve(context, http) }
            var inner = context
            if let traceId = FunctionEnvelope.traceId(fields) { inner.traceId = traceId }
            return try await inner.bind { [inner] in try await act(inner, fields) }
        } catch {
            log(context, error)
            throw error
        }
    }

    // MARK: - Internal

    private func act(_ context: Context, _ fields: AnyValueMap) async throws -> AnyValue {
        let action = try actions.find(FunctionEnvelope.cmd(fields), context)
        guard let result = try await action.action(context, Parameters(fields)) else { return .null }
        return try AnyValue(encoding: result)
    }

    private func serve(_ context: Context, _ event: LambdaHTTPEvent) async throws -> AnyValue {
        guard let endpoint else {
            throw ApplicationError.unsupported(
                code: "NO_ENDPOINT",
                "The event is an HTTP request, and the service has no 'pip-services:endpoint:http:default:1.0'",
                traceId: context.traceId)
        }
        let left = context.deadline.map { $0 - clock.uptime }
        let request = try event.request(context, left: left)
        return event.response(try await endpoint.respond(to: request).collected())
    }

    private func log(_ context: Context, _ error: any Error) {
        let level: LogLevel = ApplicationError.isClientFault(error) ? .debug : .error
        guard instruments.logger.isEnabled(level) else { return }
        instruments.logger.log(level, context, error: error, message: "An event could not be handled", fields: [:])
    }
}
#endif
