/// The result builder of ``CommandSet``.
@resultBuilder
public enum CommandBuilder {
    /// Adds a command.
    public static func buildExpression(_ command: Command) -> CommandSet { set(commands: [command]) }
    /// Adds several commands.
    public static func buildExpression(_ commands: [Command]) -> CommandSet { set(commands: commands) }
    /// Adds an event.
    public static func buildExpression(_ event: Event) -> CommandSet { set(events: [event]) }
    /// Adds several events.
    public static func buildExpression(_ events: [Event]) -> CommandSet { set(events: events) }
    /// Adds the commands of another set, without its interceptors, and its events.
    public static func buildExpression(_ other: CommandSet) -> CommandSet {
        set(commands: other.commands, events: other.events)
    }
    /// Combines the parts of a block.
    public static func buildBlock(_ parts: CommandSet...) -> CommandSet { buildArray(parts) }
    /// Adds an optional part.
    public static func buildOptional(_ part: CommandSet?) -> CommandSet { part ?? CommandSet() }
    /// Adds the first branch of a condition.
    public static func buildEither(first part: CommandSet) -> CommandSet { part }
    /// Adds the second branch of a condition.
    public static func buildEither(second part: CommandSet) -> CommandSet { part }
    /// Adds the parts of a loop.
    public static func buildArray(_ parts: [CommandSet]) -> CommandSet {
        set(commands: parts.flatMap(\.commands), events: parts.flatMap(\.events))
    }

    // MARK: - Internal

    private static func set(commands: [Command] = [], events: [Event] = []) -> CommandSet {
        var set = CommandSet()
        set.addCommands(commands)
        set.addEvents(events)
        return set
    }
}
