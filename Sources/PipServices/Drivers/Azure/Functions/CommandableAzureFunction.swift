#if PIP_AZURE
/// Runs a service whose commands are the actions of an Azure function (the toolkit's `CommandableAzureFunction`): an
/// ``AzureFunction`` with a ``CommandableAzureFunctionController`` for one component. Actions have the names of the
/// commands.
///
/// ```swift
/// @main struct BeaconsAzureCommands {
///     static func main() async {
///         let service: Locator = "beacons:service:*:*:1.0"
///         await CommandableAzureFunction("beacons", service: service, factories: [BeaconsFactory.create()]).main()
///     }
/// }
/// ```
public struct CommandableAzureFunction: Sendable {
    /// The function.
    public let function: AzureFunction

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - service: the locator of the component with the commands.
    ///   - allFactories: the factories of the components; the last one takes precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, service: Locator,
        allFactories: [any ComponentFactory]
    ) {
        function = AzureFunction(name, description, version, allFactories, adding: [Self.controller(of: service)])
    }

    /// Runs the function until SIGTERM or SIGINT, then exits the process, see ``ProcessContainer``.
    public func main(bridges: EcosystemBridges = []) async -> Never { await function.main(bridges: bridges) }

    // MARK: - Internal

    static func controller(of service: Locator) -> ComponentConfig {
        FunctionProcess.component(
            "controller", "commandable-azurefunc", ["dependencies.service": "\(service)"])
    }
}
#endif
