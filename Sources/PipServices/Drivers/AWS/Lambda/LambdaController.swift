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
/// A ``LambdaFunction`` finds all controllers of its service. An event with `cmd` `beacons.get_beacon` calls the action.
public protocol LambdaController: Component {
    /// The name of the controller and its instruments.
    var lambda: LambdaHost { get }
    /// The actions. Read once, when the function starts.
    @LambdaActionBuilder var actions: [LambdaAction] { get }
    /// What runs around the actions, the first outermost; none by default.
    var interceptors: [LambdaInterceptor] { get }
}

extension LambdaController {
    /// None.
    public var interceptors: [LambdaInterceptor] { [] }
}

/// What a ``LambdaController`` consists of: its name, which all its actions begin with, and the instruments.
public final class LambdaHost: Component {
    private let nameSetting: Setting<String>
    /// Log, counters and traces.
    public let instruments = Instruments()

    /// Creates a host.
    /// - Parameter name: what the names of all actions begin with; the setting `name` replaces it. Empty for nothing.
    public init(name: String = "") {
        nameSetting = Setting("name", default: name, "What the names of all actions begin with")
    }

    /// What the names of all actions begin with.
    public var name: String { nameSetting() }
}

extension LambdaAction {
    /// The action as a function calls it: instrumented by its full name, validated and intercepted.
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
