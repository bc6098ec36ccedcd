/// An operation that can be executed with arguments (the toolkit's `IExecutable`), such as the action of a ``Command``.
public protocol Executable: Sendable {
    /// Executes the operation and returns an encodable value, or nil.
    func execute(_ context: Context, _ arguments: Parameters) async throws -> Command.Result?
}
