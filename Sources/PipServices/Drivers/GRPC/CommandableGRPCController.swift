#if PIP_GRPC
/// Serves the commands of a component by gRPC (the toolkit's `CommandableGrpcController`; `CommandableGrpcService` in
/// version 3): the method `invoke` of `commandable.Commandable`, by the name `<name>.<command>` with the arguments as JSON.
///
/// It needs no code: `pip-services:controller:commandable-grpc:default:1.0` in a configuration, with `name` and
/// `dependencies.service`, serves any ``Commandable``.
///
/// Properties of the arguments that a command does not know are dropped, as in all editions; the setting
/// `options.unknown_properties` has them logged (`warn`) or refused (`reject`).
public final class CommandableGRPCController: Component, Openable {
    /// The endpoint and the instruments.
    public let grpc = GRPCHost()
    private let nameSetting: Setting<String>
    private let service: Dependency<any Commandable>
    private let unknownProperties = Setting(
        "options.unknown_properties", default: UnknownProperties.ignore,
        "What happens to properties of arguments that a command does not know: they are dropped, logged or refused")

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - name: what the names of commands start with; the setting `name` replaces it.
    ///   - service: where the component with the commands is looked up; `dependencies.service` replaces it.
    public init(name: String = "", service locators: Locator...) {
        nameSetting = Setting(
            "name", aliases: ["base_route"], default: name, "What the names of commands start with, before a dot")
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

    /// Takes the commands out of the endpoint.
    public func close(_ context: Context) async throws { grpc.unregister(self) }
}
#endif
