/// A component with actions of a Google Cloud function (the toolkit's `ICloudFunctionController` and
/// `CloudFunctionController`).
///
/// ```swift
/// final class BeaconsFunctionController: CloudFunctionController {
///     let service = Dependency<BeaconsService>("service", "beacons:service:default:*:1.0")
///
///     var name: String { "beacons" }
///     var actions: [CloudFunctionAction] {
///         [
///             CloudFunctionAction("get_beacon") { context, arguments in
///                 try await self.service().getBeaconById(context, arguments.getAsString("beacon_id"))
///             }
///         ]
///     }
/// }
/// ```
/// The descriptor has the kind `cloudfunc`: `beacons:controller:cloudfunc:default:1.0`. ``CloudFunctionHandler``
/// dispatches requests to it.
public protocol CloudFunctionController: HTTPFunctionController {}
