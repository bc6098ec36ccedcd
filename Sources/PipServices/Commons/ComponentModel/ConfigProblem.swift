/// Something wrong with a service's configuration or wiring.
public struct ConfigProblem: Error, Sendable, Hashable {
    /// How bad a problem is.
    public enum Severity: String, Sendable {
        /// The service can't start.
        case error
        /// The toolkit allows it, but it is probably a mistake.
        case warning
    }

    /// How bad it is.
    public var severity: Severity
    /// What happened, for programs: such as `UNKNOWN_KEY`.
    public var code: String
    /// What happened, for people. Holds no secret values.
    public var message: String
    /// The component's locator.
    public var component: String?
    /// The dotted key within the component's section.
    public var key: String?
    /// The file it comes from.
    public var file: String?
    /// The line in that file.
    public var line: Int?
    /// What was looked for and is not there.
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
    /// The message, after the file and line where they are known.
    public var description: String { place + message }

    /// The file and line, and a colon; empty where they are not known.
    var place: String { file.map { file in "\(file)" + (line.map { ":\($0)" } ?? "") + ": " } ?? "" }
}

// MARK: - Internal

extension ConfigProblem {
    /// Throws a Misconfiguration that tells all errors; its code is that of the one error, or `BAD_CONFIG`.
    static func throwIfAny(_ problems: [ConfigProblem]) throws(ApplicationError) {
        let errors = problems.filter { $0.severity == .error }
        guard let first = errors.first else { return }
        if errors.count == 1 { throw .config(code: first.code, "\(first)") }
        let lines = errors.map { "\n  - \($0)" }.joined()
        throw .config(code: "BAD_CONFIG", "\(errors.count) mistakes in the configuration:\(lines)")
    }
}
