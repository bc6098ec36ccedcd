/// Wraps the execution of commands on every transport (the toolkit's `ICommandInterceptor`).
public protocol CommandInterceptor: Sendable {
    /// Returns the name under which the command is exposed.
    func getName(_ command: Command) -> String
    /// Intercepts a call. An implementation continues the call with `command.execute`.
    func execute(_ context: Context, _ command: Command, _ arguments: Parameters) async throws -> Command.Result?
    /// Validates the arguments of a command.
    func validate(_ command: Command, _ arguments: Parameters) -> [ValidationResult]
}

extension CommandInterceptor {
    /// Returns the command's own name.
    public func getName(_ command: Command) -> String { command.name }
    /// Runs the command's own validation.
    public func validate(_ command: Command, _ arguments: Parameters) -> [ValidationResult] {
        command.validate(arguments)
    }
}
