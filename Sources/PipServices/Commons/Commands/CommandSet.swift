/// The commands of a component (the toolkit's `CommandSet`).
///
/// ```swift
/// CommandSet {
///     Command("greet") { (context, arguments: Greet) in "Hello, \(arguments.name)!" }
/// }
/// ```
public struct CommandSet: Sendable {
    /// The commands as they were added, without interceptors.
    public private(set) var commands: [Command] = []
    private var interceptors: [any CommandInterceptor] = []
    private var byName: [String: Command] = [:]

    /// Creates an empty set.
    public init() {}

    /// Creates a set of commands.
    public init(@CommandBuilder _ commands: () -> [Command]) { addCommands(commands()) }

    /// Adds a command. One with the name of another replaces it.
    public mutating func addCommand(_ command: Command) { addCommands([command]) }

    /// Adds commands.
    public mutating func addCommands(_ commands: [Command]) {
        for command in commands {
            self.commands.removeAll { $0.name == command.name }
            self.commands.append(command)
        }
        rebuild()
    }

    /// Adds the commands of another set, without its interceptors.
    public mutating func addCommandSet(_ other: CommandSet) { addCommands(other.commands) }

    /// Adds an interceptor around all commands. The first one added is the outermost.
    public mutating func addInterceptor(_ interceptor: any CommandInterceptor) {
        interceptors.append(interceptor)
        rebuild()
    }

    /// The command by the name it is called by, with its interceptors. Case counts.
    public func findCommand(_ name: String) -> Command? { byName[name] }

    /// The commands with their interceptors, as transports serve them.
    public var interceptedCommands: [Command] { commands.map(intercepted) }

    /// Checks the arguments and runs a command through its interceptors.
    /// - Throws: BadRequest `CMD_NOT_FOUND` for an unknown name, else as ``Command/execute(_:_:)``.
    public func execute(
        _ context: Context, _ name: String, _ arguments: Parameters
    ) async throws -> Command.Result? {
        guard let command = findCommand(name) else { throw unknown(name, context) }
        return try await command.execute(context, arguments)
    }

    /// What is wrong with the arguments of a command; `CMD_NOT_FOUND` for an unknown name.
    public func validate(_ name: String, _ arguments: Parameters) -> [ValidationResult] {
        findCommand(name)?.validate(arguments) ?? [
            .error(
                "", "CMD_NOT_FOUND", "Requested command does not exist", expected: .null, actual: .string(name))
        ]
    }

    // MARK: - Internal

    /// The error for a name that no command has, with the nearest one.
    func unknown(_ name: String, _ context: Context) -> ApplicationError {
        .badRequest(
            code: "CMD_NOT_FOUND",
            "Requested command '\(name)' does not exist" + Spelling.hint(for: name, among: byName.keys.sorted()),
            traceId: context.traceId, details: ["command": .string(name)])
    }

    private func intercepted(_ command: Command) -> Command {
        interceptors.reversed().reduce(command) { $0.intercepted(by: $1) }
    }

    private mutating func rebuild() {
        byName = Dictionary(interceptedCommands.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }
}

/// Lets the commands of a set be written one below the other.
@resultBuilder
public enum CommandBuilder {
    /// One command.
    public static func buildExpression(_ command: Command) -> [Command] { [command] }
    /// Several commands.
    public static func buildExpression(_ commands: [Command]) -> [Command] { commands }
    /// Commands one below the other.
    public static func buildBlock(_ parts: [Command]...) -> [Command] { parts.flatMap { $0 } }
    /// Commands under a condition.
    public static func buildOptional(_ part: [Command]?) -> [Command] { part ?? [] }
    /// The first branch of a condition.
    public static func buildEither(first part: [Command]) -> [Command] { part }
    /// The second branch of a condition.
    public static func buildEither(second part: [Command]) -> [Command] { part }
    /// Commands from a loop.
    public static func buildArray(_ parts: [[Command]]) -> [Command] { parts.flatMap { $0 } }
}
