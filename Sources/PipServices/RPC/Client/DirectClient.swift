/// Calls a component of the same process as if it were another service (the toolkit's `DirectClient`): with logs,
/// counters and traces.
///
/// The dependency `service` selects the component: `dependencies.service` in the configuration,
/// `dependencies.controller` in files of version 3, or a locator in code.
/// ```swift
/// final class BeaconsDirectClient: Component {
///     private let direct = DirectClient<any BeaconsLogic>(service: "beacons:service:*:*:1.0")
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await direct.call(context, "beacons.get_beacon_by_id") { try await $0.getBeaconById(context, id) }
///     }
/// }
/// ```
/// If the service is ``Commandable``, this is also a ``Client``: `pip-services:client:direct:default:1.0` needs no
/// code.
public final class DirectClient<Service: Sendable>: Component, Client {
    private let service: Dependency<Service>
    private let instruments = Instruments()
    private let operations = ClientOperations(prefix: "")
    private let commands = Locked<[ObjectIdentifier: CommandSet]>([:])

    /// Creates a client.
    /// - Parameter locators: the locators of the service; `dependencies.service` replaces them.
    public init(service locators: Locator...) {
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// Runs an operation of the service with logs, counters and traces (the toolkit's `instrument`).
    ///
    /// - Parameter name: the name in logs, counters and traces.
    /// - Throws: the errors of the operation; InvalidState `NOT_LINKED` before the component was linked.
    public func call<Result>(
        _ context: Context, _ name: String, _ operation: (Service) async throws -> Result
    ) async throws -> Result {
        let service = try service()
        return try await instruments.run(context, operations[name]) { try await operation(service) }
    }

    /// Calls a command of the service. A result of another type is converted by way of JSON, as over a network.
    /// - Throws: Unsupported `NO_COMMANDS` if the service has none; BadRequest `CMD_NOT_FOUND`; as
    ///   ``Client/callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await call(context, name) { service in
            let result = try await commands(of: service, context).execute(context, name, arguments)
            guard let result else { return nil }
            if let value = result as? Value { return value }
            let value = try AnyValue(encoding: result)
            return value.isNull ? nil : try value.decode(type)
        }
    }

    // MARK: - Internal

    /// Cached per service, because the check is expensive.
    private func commands(of service: Service, _ context: Context) throws -> CommandSet {
        let identity = ObjectIdentity.of(service)
        if let identity, let known = commands.withLock({ $0[identity] }) { return known }
        let found: CommandSet
        do throws(ApplicationError) {
            found = try self.service.commands(of: service)
        } catch {
            throw error.withTraceId(context.traceId)
        }
        // Only the current service: a replaced one must not be retained.
        if let identity { commands.withLock { $0 = [identity: found] } }
        return found
    }
}
