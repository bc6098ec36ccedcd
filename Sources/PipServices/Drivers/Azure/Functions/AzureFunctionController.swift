#if PIP_AZURE
/// A component that serves actions of a function of Azure (the toolkit's `IAzureFunctionController` and
/// `AzureFunctionController`; `AzureFunctionService` in version 3).
///
/// ```swift
/// final class BeaconsFunctionController: AzureFunctionController {
///     let service = Dependency<BeaconsService>("service", "beacons:service:default:*:1.0")
///
///     var name: String { "beacons" }
///     var actions: [AzureFunctionAction] {
///         [
///             AzureFunctionAction("get_beacon") { context, arguments in
///                 try await self.service().getBeaconById(context, arguments.getAsString("beacon_id"))
///             }
///         ]
///     }
/// }
/// ```
/// The descriptor has the kind `azurefunc`: `beacons:controller:azurefunc:default:1.0`. ``AzureFunctionHandler`` answers
/// requests by it. An action without a name in front, such as `clean_up`, also answers the events of the function of that
/// name: those of a timer or of a queue.
public protocol AzureFunctionController: HTTPFunctionController {}
#endif
