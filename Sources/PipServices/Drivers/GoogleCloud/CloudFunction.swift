/// Runs a service as a Google Cloud function (the toolkit's `CloudFunction`): a container image whose process listens
/// on the port in `PORT`.
///
/// ```swift
/// @main struct BeaconsFunction {
///     static func main() async {
///         await CloudFunction("beacons", factories: [BeaconsFactory.create()]).main()
///     }
/// }
/// ```
/// ```yaml
/// - descriptor: beacons:service:default:default:1.0
/// - descriptor: pip-services:controller:commandable-cloudfunc:default:1.0
///   name: beacons
///   dependencies: { service: beacons:service:*:*:1.0 }
/// ```
/// It is a ``ProcessContainer`` that adds missing components to the configuration: an HTTP endpoint at `PORT`, 8080 by
/// default, and a ``CloudFunctionHandler``. On Google Cloud, detected by `K_SERVICE`, it also adds a console logger
/// with the format `google`, and limits shutdown to the available ten seconds. The configuration file is `CONFIG_PATH`,
/// or `./config/config.yml`.
public struct CloudFunction: Sendable {
    private let function: FunctionProcess
    /// The process.
    public var process: ProcessContainer { function.process }

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - allFactories: create the components. The last factory takes precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory]
    ) {
        self.init(name, description, version, allFactories, adding: [])
    }

    /// Runs the function until SIGTERM or SIGINT, then exits the process, see ``ProcessContainer``.
    public func main(bridges: EcosystemBridges = []) async -> Never { await function.main(bridges) }

    // MARK: - Internal

    /// - Parameter components: components to add if the configuration has none with their descriptor's type and kind.
    init(
        _ name: String, _ description: String?, _ version: String?, _ allFactories: [any ComponentFactory],
        adding components: [ComponentConfig]
    ) {
        function = FunctionProcess(name, description, version, allFactories) {
            Self.complete(&$0, $1, adding: components)
        }
    }

    /// Adds the missing components to a function's configuration.
    static func complete(
        _ config: inout ContainerConfig, _ environment: AnyValueMap, adding components: [ComponentConfig] = []
    ) {
        var added = components
        if let service = FunctionProcess.text("K_SERVICE", environment) {
            if !config.has("logger") {
                added.append(FunctionProcess.component("logger", "console", ["format": "google", "source": service]))
            }
            if !config.has("container") {
                added.append(FunctionProcess.component("container", "default", ["shutdown.timeout": "8000"]))
            }
        }
        let port = FunctionProcess.text("PORT", environment) ?? "8080"
        added.append(
            FunctionProcess.component(
                "endpoint", "http",
                ["connection.protocol": "http", "connection.host": "0.0.0.0", "connection.port": port]))
        added.append(FunctionProcess.component("function", "cloudfunc"))
        config.add(missing: added)
    }
}
