#if PIP_GRPC
/// Serves the commands of a component by gRPC (the toolkit's `CommandableGrpcController`; `CommandableGrpcService` in
/// version 3): the method `invoke` of `commandable.Commandable`, with the command's name as `<name>.<command>` and its
/// arguments as JSON.
///
/// No code is needed: `pip-services:controller:commandable-grpc:default:1.0` with `name` and `dependencies.service`
/// serves any ``Commandable``.
///
/// Unknown properties of arguments are dropped, as in all editions. With the setting `options.unknown_properties` they
/// are logged (`warn`) or rejected (`reject`).
public final class CommandableGRPCController: Component, Openable {
    /// The endpoint and instruments.
    public let grpc = GRPCHost()
    private let nameSetting: Setting<String>
    private let service: Dependency<any Commandable>
    private let unknownProperties = Setting(
        "options.unknown_properties", default: UnknownProperties.ignore,
        "What happens to unknown properties of arguments: they are dropped, logged or rejected")

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - name: the prefix of command names; the setting `name` replaces it.
    ///   - service: the locator of the component with the commands; `dependencies.service` replaces it.
    public init(name: String = "", service locators: Locator...) {
        nameSetting = Setting(
            "name", aliases: ["base_route"], default: name, "The prefix of command names, before a dot")
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// Registers the commands at the endpoint.
    /// - Throws: InvalidState `NOT_LINKED` before the component was linked.
    public func open(_ context: Context) async throws {
        let prefix = nameSetting()
        let routes = try service.commands().interceptedCommands.map { command in
            let name = prefix.isEmpty ? command.name : "\(prefix).\(command.name)"
            return GRPCCommandRoute(
                name: name, command: command, instruments: grpc.instruments,
                operation: InstrumentedOperation(name, logsFailures: false), access: grpc.access,
                unknownProperties: unknownProperties)
        }
        try grpc.register(routes, for: self)
    }

    /// Removes the commands from the endpoint.
    public func close(_ context: Context) async throws { grpc.unregister(self) }
}
#endif
