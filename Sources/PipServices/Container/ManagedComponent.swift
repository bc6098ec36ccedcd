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
        var gaps = commands.flatMap { command in
            command.schemaGaps.map { (place: "command '\(command.name)'", gap: $0) }
        }
        gaps += (model.component as? any SchemaReporting)?.schemaGaps.map { (place: "", gap: $0) } ?? []
        // One type, in many places, is one problem.
        var problems: [(first: String, others: [String])] = []
        var indices: [[String]: Int] = [:]
        for (place, gap) in gaps {
            if let index = indices[[gap.type, gap.reason]] {
                problems[index].others.append([place, gap.path].filter { !$0.isEmpty }.joined(separator: ": "))
            } else {
                indices[[gap.type, gap.reason]] = problems.count
                problems.append((place.isEmpty ? "\(gap)" : "\(place): \(gap)", []))
            }
        }
        return problems.map { first, others in
            let rest = others.isEmpty ? "" : "; the same at \(others.joined(separator: ", "))"
            return placed(
                ConfigProblem(.warning, code: "NO_SCHEMA", "\(locator): \(first)\(rest)", component: "\(locator)"))
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
