#if PIP_AWS
/// Calls the commands of a service that runs as a function in AWS Lambda (the toolkit's `CommandableLambdaClient`): the
/// event's `cmd` is `<name>.<command>`, as ``CommandableLambdaController`` expects.
///
/// No code is needed: `pip-services:client:commandable-lambda:default:1.0` in a configuration, with `name` and a
/// connection, is a ``Client``. It has the settings of ``LambdaClient``.
public final class CommandableLambdaClient: Component, Client {
    private let nameSetting: Setting<String>
    private let lambda = LambdaClient()

    /// Creates a client.
    /// - Parameter name: the name of the service; the setting `name` replaces it. Empty for a
    ///   ``CommandableLambdaFunction``, whose commands have no prefix.
    public init(name: String = "") {
        nameSetting = Setting("name", default: name, "The name of the service, the prefix of action names")
    }

    /// Calls a command.
    /// - Throws: as ``LambdaClient/call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        let prefix = nameSetting()
        return try await lambda.call(context, prefix.isEmpty ? name : "\(prefix).\(name)", arguments, as: type)
    }
}
#endif
