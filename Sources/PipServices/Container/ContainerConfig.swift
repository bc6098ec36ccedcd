/// The components of a container, in creation order (the toolkit's `ContainerConfig`).
public struct ContainerConfig: Sendable {
    /// The components.
    public var components: [ComponentConfig]
    /// Problems found while reading the configuration text.
    var problems: [ConfigProblem] = []
    /// Secret values, which messages must not show.
    var secrets = ConfigSecrets()

    /// Creates a configuration.
    public init(_ components: [ComponentConfig] = []) { self.components = components }

    /// Reads a list or map of components (the toolkit's `fromValue`).
    /// - Throws: Misconfiguration `BAD_CONFIG` or `BAD_DESCRIPTOR`, see ``ComponentConfig/init(_:)-(ConfigParams)``.
    public init(_ value: AnyValue) throws(ApplicationError) {
        self.init(ConfigDocument(value: value, lines: [:], file: nil))
        try ConfigProblem.throwIfAny(problems)
    }

    // MARK: - Internal

    /// Reads a document. Never fails; errors are reported in ``problems``.
    init(_ document: ConfigDocument) {
        components = []
        secrets = document.secrets
        problems = document.unset.map { name, line in
            ConfigProblem(
                .warning, code: "UNSET_VARIABLE",
                "The variable '\(name)' has no value, and the configuration has no default for it", key: name,
                file: document.file, line: line)
        }
        problems += document.misread.map { name, path in
            ConfigProblem(
                .warning, code: "UNQUOTED_VARIABLE",
                "YAML reads the value of the variable '\(name)' as something else; "
                    + "write '{{\"\(name)\"}}', which quotes it",
                key: name, file: document.file, line: document.line(of: path))
        }
        for (key, section) in ConfigParams(document.value).sections {
            let name = key.text
            do throws(ApplicationError) {
                var component = try ComponentConfig(section)
                component.file = document.file
                component.lines[""] = document.line(of: name)
                for key in section.keys {
                    component.lines[key] = document.line(of: "\(name).\(key)")
                    // A problem may concern a list or map as a whole.
                    var rest = key[...]
                    while let (before, _) = rest.divided(atLast: "."), component.lines[String(before)] == nil {
                        component.lines[String(before)] = document.line(of: "\(name).\(before)")
                        rest = before
                    }
                }
                components.append(component)
            } catch {
                let line = document.line(of: "\(name).descriptor")
                problems.append(
                    ConfigProblem(
                        .error, code: error.code, error.message, component: section["descriptor"], key: "descriptor",
                        file: document.file, line: line))
            }
        }
        problems = secrets.conceal(problems)
    }
}

extension ConfigSecrets {
    /// Removes secret values from the messages of problems.
    func conceal(_ problems: [ConfigProblem]) -> [ConfigProblem] {
        guard !values.isEmpty else { return problems }
        return problems.map { problem in
            var problem = problem
            problem.message = conceal(problem.message)
            problem.component = problem.component.map(conceal)
            problem.key = problem.key.map(conceal)
            return problem
        }
    }
}
