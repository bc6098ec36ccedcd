#if PIP_AWS
/// A component that handles events of a function in AWS Lambda (the toolkit's `LambdaController` and
/// `ILambdaController`; `LambdaService` in version 3).
///
/// ```swift
/// final class BeaconsLambdaController: LambdaController {
///     let lambda = LambdaHost(name: "beacons")
///     let service = Dependency<BeaconsService>("service", "beacons:service:default:*:1.0")
///
///     var actions: [LambdaAction] {
///         LambdaAction("get_beacon") { context, event in
///             try await self.service().getBeaconById(context, event.getAsString("beacon_id"))
///         }
///     }
/// }
/// ```
/// A ``LambdaFunction`` uses all controllers of its service. An event with `cmd` `beacons.get_beacon` calls the action.
public protocol LambdaController: Component {
    /// The name of the controller and its instruments.
    var lambda: LambdaHost { get }
    /// The actions. Read once, when the function starts.
    @LambdaActionBuilder var actions: [LambdaAction] { get }
    /// The interceptors of the actions, the first one outermost; none by default.
    var interceptors: [LambdaInterceptor] { get }
}

extension LambdaController {
    /// None.
    public var interceptors: [LambdaInterceptor] { [] }
}

/// The parts of a ``LambdaController``: its name, which prefixes all its actions, and the instruments.
public final class LambdaHost: Component {
    private let nameSetting: Setting<String>
    /// The logger, counters and tracer.
    public let instruments = Instruments()

    /// Creates a host.
    /// - Parameter name: the prefix of all action names; the setting `name` replaces it. Empty for no prefix.
    public init(name: String = "") {
        nameSetting = Setting("name", default: name, "The prefix of all action names")
    }

    /// The prefix of all action names.
    public var name: String { nameSetting() }
}

extension LambdaAction {
    /// Returns the action with its full name, instrumentation, validation and interceptors.
    func hosted(_ cmd: String, _ instruments: Instruments, _ interceptors: [LambdaInterceptor]) -> LambdaAction {
        let (action, schema, operation) = (action, schema, InstrumentedOperation(cmd, logsFailures: false))
        let validated: LambdaInterceptor.Next = { context, event in
            try schema?.validateAndThrow(traceId: context.traceId, .map(event.values))
            return try await action(context, event)
        }
        let next = interceptors.reversed().reduce(validated) { next, interceptor in
            { try await interceptor.action($0, $1, next) }
        }
        var hosted = self
        hosted.schema = nil
        hosted.action = { context, event in
            try await instruments.run(context, operation) { try await next(context, event) }
        }
        return hosted
    }
}
#endif
