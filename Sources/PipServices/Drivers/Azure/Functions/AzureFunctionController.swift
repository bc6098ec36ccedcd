#if PIP_AZURE
/// A component with actions of an Azure function (the toolkit's `IAzureFunctionController` and
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
/// The descriptor has the kind `azurefunc`: `beacons:controller:azurefunc:default:1.0`. ``AzureFunctionHandler`` finds
/// controllers by this kind. An action without a prefix, such as `clean_up`, also handles the events of the function
/// with the same name, such as those of a timer or a queue.
public protocol AzureFunctionController: HTTPFunctionController {}
#endif
