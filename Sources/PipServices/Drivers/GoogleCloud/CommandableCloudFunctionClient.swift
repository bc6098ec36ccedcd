/// Calls the commands of a service that runs as a Google Cloud function (the toolkit's
/// `CommandableCloudFunctionClient`).
///
/// No code is needed: `pip-services:client:commandable-cloudfunc:default:1.0` with `name` and a connection is a
/// ``Client`` for any service, in any edition, whose commands a function serves. `name` is the name of the function's
/// controller: actions are called `<name>.<command>`, or `<command>` without a name. A command that already starts with
/// the name is sent unchanged.
///
/// The settings are those of ``CloudFunctionClient``.
public final class CommandableCloudFunctionClient: Component, Client {
    private let name: Setting<String>
    private let function = CloudFunctionClient()

    /// Creates a client.
    /// - Parameter name: the name of the function's controller; the setting `name` replaces it.
    public init(name: String = "") {
        self.name = Setting("name", default: name, "The prefix of action names: the name of the function's controller")
    }

    /// Calls a command.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        let prefix = self.name().isEmpty ? "" : "\(self.name())."
        return try await function.call(context, name.begins(with: prefix) ? name : prefix + name, arguments, as: type)
    }
}
