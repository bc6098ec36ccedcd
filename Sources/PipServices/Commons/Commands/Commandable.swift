/// A component whose operations are exposed as commands (the toolkit's `ICommandable`). Any transport can expose them
/// by configuration alone.
public protocol Commandable: Sendable {
    /// The commands. All transports of a service share one set. It is evaluated once after the component is linked:
    /// when the first transport opens, or when a client first calls a command.
    var commands: CommandSet { get }
}
