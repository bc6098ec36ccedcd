#if PIP_AZURE
/// Calls the commands of another service that runs as a function of Azure (the toolkit's
/// `CommandableAzureFunctionClient`).
///
/// It needs no code: `pip-services:client:commandable-azurefunc:default:1.0` in a configuration, with `name` and a
/// connection, is a ``Client`` of any service whose commands a function serves, in any edition. `name` is that of the
/// function's controller: actions are `<name>.<command>`. Without a name, actions are commands. A command that has the
/// name already is sent as it is.
///
/// It has the settings of ``AzureFunctionClient``.
public final class CommandableAzureFunctionClient: Component, Client {
    private let name: Setting<String>
    private let function = AzureFunctionClient()

    /// Creates a client.
    /// - Parameter name: the name of the function's controller; the setting `name` replaces it.
    public init(name: String = "") {
        self.name = Setting("name", default: name, "What actions start with: the name of the function's controller")
    }

    /// Calls a command.
    /// - Throws: as ``AzureFunctionClient/call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        let prefix = self.name().isEmpty ? "" : "\(self.name())."
        return try await function.call(context, name.begins(with: prefix) ? name : prefix + name, arguments, as: type)
    }
}
#endif
