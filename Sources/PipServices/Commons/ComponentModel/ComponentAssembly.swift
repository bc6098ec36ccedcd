/// Fills the slots of one component without a container. `PipServicesTesting.assemble` is built on it.
package struct ComponentAssembly: Sendable {
    private let model: ComponentModel

    private init(_ model: ComponentModel) { self.model = model }

    /// Configures and links a component.
    ///
    /// - Returns: the assembly, and the problems and warnings found.
    package static func assemble(
        _ component: any Component, name: String, config: ConfigParams, references: References
    ) async throws -> (ComponentAssembly, [ConfigProblem]) {
        let model = ComponentModel(component, name: name)
        var problems = try await model.configure(config)
        problems += try await model.link(references, config: config) + model.unknownKeys(in: config)
        problems += model.conflictingKeys.map { key in
            ConfigProblem(
                .error, code: "KEY_CONFLICT", "\(name): two slots give the key '\(key)' different meanings",
                component: name, key: key)
        }
        return (ComponentAssembly(model), problems)
    }

    /// Links a component that another one references. Its settings keep their defaults.
    ///
    /// - Returns: the missing dependencies. A component that is already linked is left unchanged.
    package static func link(
        _ component: any Component, name: String, references: References
    ) async throws -> [ConfigProblem] {
        let model = ComponentModel(component, name: name)
        guard model.linked.isEmpty else { return [] }
        return try await model.link(references, config: [:])
    }

    /// The component and all nested components, innermost first: the order in which they open.
    package var components: [any Component] { model.components }

    /// Applies a new configuration to a component in use, as a container does. If there is an error, nothing is
    /// applied.
    ///
    /// - Returns: errors, and warnings for changes that need a restart.
    package func reload(from started: ConfigParams, to config: ConfigParams) -> [ConfigProblem] {
        ConfigReload.run([ConfigReload(model: model, started: started, current: started, config: config)]).flatMap(
            \.self)
    }

    /// Creates the assembly of a component that was assembled before.
    package init(_ component: any Component, name: String) {
        model = ComponentModel(component, name: name)
    }

    /// Releases the dependencies.
    package func unlink() async { await model.unlink() }
}
