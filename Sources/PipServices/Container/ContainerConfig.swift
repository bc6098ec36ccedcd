/// The components of a container, in the order in which they are created (the toolkit's `ContainerConfig`).
public struct ContainerConfig: Sendable {
    /// The components.
    public var components: [ComponentConfig]

    /// Creates a configuration.
    public init(_ components: [ComponentConfig] = []) { self.components = components }

    /// Reads a list or map of components (the toolkit's `fromValue`).
    /// - Throws: Misconfiguration `BAD_CONFIG` or `BAD_DESCRIPTOR`, see ``ComponentConfig/init(_:)-(ConfigParams)``.
    public init(_ value: AnyValue) throws(ApplicationError) {
        try self.init(ConfigDocument(value: value, lines: [:], file: nil))
    }

    // MARK: - Internal

    init(_ document: ConfigDocument) throws(ApplicationError) {
        components = []
        for (name, section) in ConfigParams(document.value).sections {
            do throws(ApplicationError) {
                var component = try ComponentConfig(section)
                component.file = document.file
                component.lines[""] = document.line(of: name)
                for key in section.keys { component.lines[key] = document.line(of: "\(name).\(key)") }
                components.append(component)
            } catch {
                let line = document.line(of: section.contains("descriptor") ? "\(name).descriptor" : name)
                throw Self.placed(error, file: document.file, line: line)
            }
        }
    }

    private static func placed(_ error: ApplicationError, file: String?, line: Int?) -> ApplicationError {
        guard let file else { return error }
        var placed = error
        placed.message = "\(file)" + (line.map { ":\($0)" } ?? "") + ": \(error.message)"
        return placed
    }
}
