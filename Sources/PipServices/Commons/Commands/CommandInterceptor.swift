/// Runs around commands, on every transport (the toolkit's `ICommandInterceptor`).
public protocol CommandInterceptor: Sendable {
    /// The name that the command is called by from outside.
    func getName(_ command: Command) -> String
    /// Runs around a command, which is called by `command.execute`.
    func execute(_ context: Context, _ command: Command, _ arguments: Parameters) async throws -> Command.Result?
    /// Checks the arguments of a command.
    func validate(_ command: Command, _ arguments: Parameters) -> [ValidationResult]
}

extension CommandInterceptor {
    /// The command's own name.
    public func getName(_ command: Command) -> String { command.name }
    /// The command's own check.
    public func validate(_ command: Command, _ arguments: Parameters) -> [ValidationResult] {
        command.validate(arguments)
    }
}
