/// A component of a container with what belongs to it.
struct ManagedComponent: Sendable {
    /// How a component came into the service.
    enum Origin: Sendable, Hashable {
        /// The configuration lists it.
        case configuration
        /// The container brings it.
        case container
        /// A slot of another one that says so in code created it.
        case demand
        /// It was put in.
        case code
    }

    let locator: Locator
    var config: ComponentConfig
    /// What its reloadable settings go by, if they were reloaded.
    var reloaded: ConfigParams?
    let model: ComponentModel
    var origin = Origin.configuration

    /// The problem with the place in the file that it is about.
    func placed(_ problem: ConfigProblem) -> ConfigProblem {
        var problem = problem
        problem.file = config.file
        problem.line = problem.key.flatMap { config.lines[$0] } ?? config.lines[""]
        return problem
    }

    /// The types of its commands and routes of which no schema is found.
    func schemaProblems(_ shared: SharedCommands) -> [ConfigProblem] {
        let commands = (model.component as? any Commandable).map { shared.commands(of: $0).commands } ?? []
        var gaps = commands.flatMap { command in command.schemaGaps.map { "command '\(command.name)': \($0)" } }
        gaps += (model.component as? any SchemaReporting)?.schemaGaps.map { "\($0)" } ?? []
        return gaps.map { gap in
            placed(ConfigProblem(.warning, code: "NO_SCHEMA", "\(locator): \(gap)", component: "\(locator)"))
        }
    }

    /// The problem that an error of the component means.
    func problem(_ error: any Error) -> ConfigProblem {
        let known = error as? ApplicationError
        return placed(
            ConfigProblem(
                .error, code: known?.code ?? "CANNOT_CREATE", "\(locator): \(known?.message ?? "\(error)")",
                component: "\(locator)", key: known?.configKey))
    }
}
