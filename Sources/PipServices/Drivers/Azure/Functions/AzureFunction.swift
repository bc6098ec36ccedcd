#if PIP_AZURE
/// Runs a service as an Azure function (the toolkit's `AzureFunction`). The process is a custom handler: the Functions
/// host starts it and calls it at the port in `FUNCTIONS_CUSTOMHANDLER_PORT`.
///
/// ```swift
/// @main struct BeaconsAzureFunction {
///     static func main() async {
///         await AzureFunction("beacons", factories: [BeaconsFactory.create()]).main()
///     }
/// }
/// ```
/// ```yaml
/// - descriptor: beacons:service:default:default:1.0
/// - descriptor: pip-services:controller:commandable-azurefunc:default:1.0
///   name: beacons
///   dependencies: { service: beacons:service:*:*:1.0 }
/// ```
/// It is a ``ProcessContainer`` that adds missing components to the configuration: an HTTP endpoint that listens on the
/// host's port on the loopback interface, and an ``AzureFunctionHandler``. The configuration file is that in
/// `CONFIG_PATH`, by default `./config/config.yml`.
public struct AzureFunction: Sendable {
    private let function: FunctionProcess
    /// The container of the process.
    public var process: ProcessContainer { function.process }

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - allFactories: the factories of the components; the last one takes precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory]
    ) {
        self.init(name, description, version, allFactories, adding: [])
    }

    /// Runs the function until SIGTERM or SIGINT, then exits the process, see ``ProcessContainer``.
    public func main(bridges: EcosystemBridges = []) async -> Never { await function.main(bridges) }

    // MARK: - Internal

    /// - Parameter components: further components to add if the configuration has none of their type and kind.
    init(
        _ name: String, _ description: String?, _ version: String?, _ allFactories: [any ComponentFactory],
        adding components: [ComponentConfig]
    ) {
        function = FunctionProcess(name, description, version, allFactories) {
            Self.complete(&$0, $1, adding: components)
        }
    }

    /// Adds the components that the configuration of a function lacks.
    static func complete(
        _ config: inout ContainerConfig, _ environment: AnyValueMap, adding components: [ComponentConfig] = []
    ) {
        let port = FunctionProcess.text("FUNCTIONS_CUSTOMHANDLER_PORT", environment) ?? "8080"
        let endpoint = FunctionProcess.component(
            "endpoint", "http",
            ["connection.protocol": "http", "connection.host": "127.0.0.1", "connection.port": port])
        config.add(missing: components + [endpoint, FunctionProcess.component("function", "azurefunc")])
    }
}
#endif
