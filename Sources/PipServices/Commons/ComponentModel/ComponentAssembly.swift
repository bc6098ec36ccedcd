/// Fills the slots of one component without a container: what `PipServicesTesting.assemble` stands on.
package struct ComponentAssembly: Sendable {
    private let model: ComponentModel

    private init(_ model: ComponentModel) { self.model = model }

    /// Configures and links a component.
    ///
    /// - Returns: the assembly and what is wrong, warnings among it.
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

    /// Fills the dependencies of a component that is a reference of another one. Its settings have their defaults.
    ///
    /// - Returns: what is missing; nothing for a component that is linked already, which stays as it is.
    package static func link(
        _ component: any Component, name: String, references: References
    ) async throws -> [ConfigProblem] {
        let model = ComponentModel(component, name: name)
        guard model.linked.isEmpty else { return [] }
        return try await model.link(references, config: [:])
    }

    /// The component and all components inside it, inner ones first: the order in which they open.
    package var components: [any Component] { model.components }

    /// Takes a new configuration while the component is in use, unless there is an error in it, as a container does.
    ///
    /// - Returns: what is wrong, and warnings of what needs a restart.
    package func reload(from started: ConfigParams, to config: ConfigParams) -> [ConfigProblem] {
        ConfigReload.run([ConfigReload(model: model, started: started, current: started, config: config)]).flatMap(
            \.self)
    }

    /// Finds the slots of a component that was assembled before.
    package init(_ component: any Component, name: String) {
        model = ComponentModel(component, name: name)
    }

    /// Lets go of the dependencies.
    package func unlink() async { await model.unlink() }
}
