/// Fills the slots of one component without a container: what `PipServicesTesting.assemble` stands on.
package struct ComponentAssembly: Sendable {
    private let model: ComponentModel

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
        return (ComponentAssembly(model: model), problems)
    }

    /// The component and all components inside it, inner ones first: the order in which they open.
    package var components: [any Component] { model.components }

    /// Lets go of the dependencies.
    package func unlink() async { await model.unlink() }
}
