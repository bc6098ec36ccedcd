/// The process of a cloud function: a ``ProcessContainer`` whose configuration is completed with the components that
/// the cloud requires.
struct FunctionProcess: Sendable {
    let process: ProcessContainer
    private let config: String

    /// - Parameter complete: adds missing components to the configuration, depending on the environment.
    init(
        _ name: String, _ description: String?, _ version: String?, _ allFactories: [any ComponentFactory],
        complete: @escaping @Sendable (inout ContainerConfig, AnyValueMap) -> Void
    ) {
        let environment = ProcessEnvironment.variables
        config = Self.text("CONFIG_PATH", environment) ?? "./config/config.yml"
        process = ProcessContainer(name, description: description, version: version, allFactories: allFactories) {
            complete(&$0, environment)
        }
    }

    /// Runs the function with the configuration file in `CONFIG_PATH`.
    func main(_ bridges: EcosystemBridges) async -> Never {
        await process.main(defaultConfig: config, bridges: bridges)
    }

    /// A variable of the environment; nil if it is missing or empty.
    static func text(_ name: String, _ environment: AnyValueMap) -> String? {
        if case .string(let text)? = environment[name], !text.isEmpty { text } else { nil }
    }

    /// A component of the toolkit.
    static func component(_ type: String, _ kind: String, _ config: ConfigParams = [:]) -> ComponentConfig {
        ComponentConfig(Descriptor("pip-services", type, kind, "default", "1.0"), config)
    }
}

extension ContainerConfig {
    /// True if a component has this type, and this kind unless it is nil.
    func has(_ type: String, _ kind: String? = nil) -> Bool {
        components.contains { component in
            guard let descriptor = component.descriptor, descriptor.type.isSame(as: type) else { return false }
            return kind.map { descriptor.kind.isSame(as: $0) } ?? true
        }
    }

    /// Adds components unless the configuration contains their type and kind; loggers are added before the components
    /// that log.
    mutating func add(missing added: [ComponentConfig]) {
        for component in added {
            guard let descriptor = component.descriptor, let type = descriptor.type,
                !has(type, descriptor.kind)
            else { continue }
            if type == "logger" { components.insert(component, at: 0) } else { components.append(component) }
        }
    }
}
