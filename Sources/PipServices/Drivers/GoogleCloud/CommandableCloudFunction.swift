/// Runs a service whose commands are the actions of a Google Cloud function (the toolkit's `CommandableCloudFunction`):
/// a ``CloudFunction`` with a ``CommandableCloudFunctionController`` for one component. Actions have the names of
/// commands.
///
/// ```swift
/// @main struct BeaconsCommandsFunction {
///     static func main() async {
///         let service: Locator = "beacons:service:*:*:1.0"
///         await CommandableCloudFunction("beacons", service: service, factories: [BeaconsFactory.create()]).main()
///     }
/// }
/// ```
public struct CommandableCloudFunction: Sendable {
    /// The function.
    public let function: CloudFunction

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - service: the locator of the component with the commands.
    ///   - allFactories: create the components. The last factory takes precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, service: Locator,
        allFactories: [any ComponentFactory]
    ) {
        function = CloudFunction(
            name, description, version, allFactories, adding: [Self.controller(of: service)])
    }

    /// Runs the function until SIGTERM or SIGINT, then exits the process, see ``ProcessContainer``.
    public func main(bridges: EcosystemBridges = []) async -> Never { await function.main(bridges: bridges) }

    // MARK: - Internal

    static func controller(of service: Locator) -> ComponentConfig {
        ComponentConfig(
            Descriptor("pip-services", "controller", "commandable-cloudfunc", "default", "1.0"),
            ["dependencies.service": "\(service)"])
    }
}
