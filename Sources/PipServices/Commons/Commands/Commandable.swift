/// A component whose operations can be called as commands (the toolkit's `ICommandable`). Any transport can serve it,
/// by configuration alone.
public protocol Commandable: Sendable {
    /// The commands. All transports of a service share one set: this is evaluated once, after the component was linked,
    /// when the first transport opens or a client first calls a command.
    var commands: CommandSet { get }
}
