/// A component whose operations can be called as commands (the toolkit's `ICommandable`). Any transport can serve it,
/// by configuration alone.
public protocol Commandable: Sendable {
    /// The commands. Read once by each transport, when it is linked.
    var commands: CommandSet { get }
}
