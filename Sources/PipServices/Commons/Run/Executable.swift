/// Something that can be carried out with arguments (the toolkit's `IExecutable`), such as the action of a ``Command``.
public protocol Executable: Sendable {
    /// Carries it out, and gives any encodable value, or nothing.
    func execute(_ context: Context, _ arguments: Parameters) async throws -> Command.Result?
}
