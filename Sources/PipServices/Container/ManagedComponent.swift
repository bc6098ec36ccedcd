/// A component of a container with what belongs to it.
struct ManagedComponent: Sendable {
    let locator: Locator
    let config: ComponentConfig
    let model: ComponentModel

    /// The problem with the place in the file that it is about.
    func placed(_ problem: ConfigProblem) -> ConfigProblem {
        var problem = problem
        problem.file = config.file
        problem.line = problem.key.flatMap { config.lines[$0] } ?? config.lines[""]
        return problem
    }
}
