/// A component that serves actions of a function of Google Cloud (the toolkit's `ICloudFunctionController` and
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
/// The descriptor has the kind `cloudfunc`: `beacons:controller:cloudfunc:default:1.0`. ``CloudFunctionHandler`` answers
/// requests by it.
public protocol CloudFunctionController: Component {
    /// What all actions start with, before a dot; nothing by default.
    var name: String { get }
    /// The actions. Read once, when the function opens.
    var actions: [CloudFunctionAction] { get }
}

extension CloudFunctionController {
    /// Nothing.
    public var name: String { "" }
}
