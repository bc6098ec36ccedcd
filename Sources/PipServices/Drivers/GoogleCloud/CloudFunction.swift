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
    /// The process.
    public let process: ProcessContainer
    private let environment: AnyValueMap

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - allFactories: create the components. The last factory takes precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, allFactories: [any ComponentFactory]
    ) {
        self.init(name, description, version, allFactories, adding: [])
    }

    /// Runs the function until SIGTERM or SIGINT, then exits the process, see ``ProcessContainer``.
    public func main(bridges: EcosystemBridges = []) async -> Never {
        var config = "./config/config.yml"
        if case .string(let path)? = environment["CONFIG_PATH"], !path.isEmpty { config = path }
        await process.main(defaultConfig: config, bridges: bridges)
    }

    // MARK: - Internal

    /// - Parameter components: components to add if the configuration has none with their descriptor's type and kind.
    init(
        _ name: String, _ description: String?, _ version: String?, _ allFactories: [any ComponentFactory],
        adding components: [ComponentConfig]
    ) {
        let environment = ProcessEnvironment.variables
        self.environment = environment
        process = ProcessContainer(name, description: description, version: version, allFactories: allFactories) {
            Self.complete(&$0, environment, adding: components)
        }
    }

    /// Adds the missing components to a function's configuration.
    static func complete(
        _ config: inout ContainerConfig, _ environment: AnyValueMap, adding components: [ComponentConfig] = []
    ) {
        func text(_ name: String) -> String? {
            if case .string(let text)? = environment[name], !text.isEmpty { text } else { nil }
        }
        func component(_ type: String, _ kind: String, _ config: ConfigParams = [:]) -> ComponentConfig {
            ComponentConfig(Descriptor("pip-services", type, kind, "default", "1.0"), config)
        }
        var added: [ComponentConfig] = []
        if let service = text("K_SERVICE") {
            if !config.components.contains(where: { $0.descriptor?.type == "logger" }) {
                added.append(component("logger", "console", ["format": "google", "source": service]))
            }
            if !config.components.contains(where: { $0.descriptor?.type == "container" }) {
                added.append(component("container", "default", ["shutdown.timeout": "8000"]))
            }
        }
        let endpoint = component(
            "endpoint", "http",
            ["connection.protocol": "http", "connection.host": "0.0.0.0", "connection.port": text("PORT") ?? "8080"])
        for component in components + [endpoint, component("function", "cloudfunc")] {
            let isListed = config.components.contains {
                $0.descriptor?.type.isSame(as: component.descriptor?.type) ?? false
                    && $0.descriptor?.kind.isSame(as: component.descriptor?.kind) ?? false
            }
            if !isListed { added.append(component) }
        }
        // Loggers come first.
        config.components =
            added.filter { $0.descriptor?.type == "logger" } + config.components
            + added.filter { $0.descriptor?.type != "logger" }
    }
}
