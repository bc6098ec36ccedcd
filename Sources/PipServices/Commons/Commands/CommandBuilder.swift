/// Lets the commands and events of a set be written one below the other.
@resultBuilder
public enum CommandBuilder {
    /// One command.
    public static func buildExpression(_ command: Command) -> CommandSet { set(commands: [command]) }
    /// Several commands.
    public static func buildExpression(_ commands: [Command]) -> CommandSet { set(commands: commands) }
    /// One event.
    public static func buildExpression(_ event: Event) -> CommandSet { set(events: [event]) }
    /// Several events.
    public static func buildExpression(_ events: [Event]) -> CommandSet { set(events: events) }
    /// The commands of another set, without its interceptors, and its events.
    public static func buildExpression(_ other: CommandSet) -> CommandSet {
        set(commands: other.commands, events: other.events)
    }
    /// Parts one below the other.
    public static func buildBlock(_ parts: CommandSet...) -> CommandSet { buildArray(parts) }
    /// Parts under a condition.
    public static func buildOptional(_ part: CommandSet?) -> CommandSet { part ?? CommandSet() }
    /// The first branch of a condition.
    public static func buildEither(first part: CommandSet) -> CommandSet { part }
    /// The second branch of a condition.
    public static func buildEither(second part: CommandSet) -> CommandSet { part }
    /// Parts from a loop.
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
