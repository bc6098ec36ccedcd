/// A component of a container with its metadata.
struct ManagedComponent: Sendable {
    /// How a component was added to the service.
    enum Origin: Sendable, Hashable {
        /// The configuration lists it.
        case configuration
        /// The container adds it.
        case container
        /// It was created on demand for a slot of another component.
        case demand
        /// It was added by `put`.
        case code
    }

    let locator: Locator
    var config: ComponentConfig
    /// The reloaded values of its settings; nil before the first reload.
    var reloaded: ConfigParams?
    let model: ComponentModel
    var origin = Origin.configuration

    /// Adds the file and line to a problem.
    func placed(_ problem: ConfigProblem) -> ConfigProblem {
        var problem = problem
        problem.file = config.file
        problem.line = problem.key.flatMap { config.lines[$0] } ?? config.lines[""]
        return problem
    }

    /// Warnings about types of its commands and routes without a schema.
    func schemaProblems(_ shared: SharedCommands) -> [ConfigProblem] {
        let commands = (model.component as? any Commandable).map { shared.commands(of: $0).commands } ?? []
        var gaps = commands.flatMap { command in
            command.schemaGaps.map { (place: "command '\(command.name)'", gap: $0) }
        }
        gaps += (model.component as? any SchemaReporting)?.schemaGaps.map { (place: "", gap: $0) } ?? []
        // A type that is used in several places is reported once.
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

    /// Converts an error of the component to a problem.
    func problem(_ error: any Error) -> ConfigProblem {
        let known = error as? ApplicationError
        return placed(
            ConfigProblem(
                .error, code: known?.code ?? "CANNOT_CREATE", "\(locator): \(known?.message ?? "\(error)")",
                component: "\(locator)", key: known?.configKey))
    }
}
