/// A problem in a service's configuration or wiring.
public struct ConfigProblem: Error, Sendable, Hashable {
    /// The severity of a problem.
    public enum Severity: String, Sendable {
        /// The service can't start.
        case error
        /// Allowed, but probably a mistake.
        case warning
    }

    /// The severity.
    public var severity: Severity
    /// The machine-readable code, such as `UNKNOWN_KEY`.
    public var code: String
    /// The human-readable message, without secret values.
    public var message: String
    /// The component's locator.
    public var component: String?
    /// The dotted key within the component's section.
    public var key: String?
    /// The configuration file.
    public var file: String?
    /// The line in the file.
    public var line: Int?
    /// The locators that were looked up without success.
    var missing: [Locator] = []

    /// Creates a problem.
    public init(
        _ severity: Severity, code: String, _ message: String, component: String? = nil, key: String? = nil,
        file: String? = nil, line: Int? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.component = component
        self.key = key
        self.file = file
        self.line = line
    }
}

extension ConfigProblem: CustomStringConvertible {
    /// The message, preceded by the file and line if they are known.
    public var description: String { place + message }

    /// The file and line with a colon, or an empty string if they are unknown.
    var place: String { file.map { file in "\(file)" + (line.map { ":\($0)" } ?? "") + ": " } ?? "" }
}

// MARK: - Internal

extension ConfigProblem {
    /// Throws a Misconfiguration that lists all errors. Its code is that of a single error, or `BAD_CONFIG` for
    /// several.
    static func throwIfAny(_ problems: [ConfigProblem]) throws(ApplicationError) {
        let errors = problems.filter { $0.severity == .error }
        guard let first = errors.first else { return }
        if errors.count == 1 { throw .config(code: first.code, "\(first)") }
        let lines = errors.map { "\n  - \($0)" }.joined()
        throw .config(code: "BAD_CONFIG", "\(errors.count) mistakes in the configuration:\(lines)")
    }
}
