/// Calls the commands of another service by HTTP (the toolkit's `CommandableHttpClient`):
/// `POST /<base_route>/<command>` with the arguments as a JSON object.
///
/// No code is needed: configure `pip-services:client:commandable-http:default:1.0` with `base_route` and a connection
/// to get a ``Client`` for any service, in any edition, that serves its commands by HTTP. A client with its own methods
/// wraps one:
/// ```swift
/// final class BeaconsHTTPClient: Component {
///     private let client = CommandableHTTPClient(baseRoute: "v1/beacons")
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await client.callCommand(context, "get_beacon_by_id", ["beacon_id": .string(id)])
///     }
/// }
/// ```
/// The settings are those of ``RestClient``.
public final class CommandableHTTPClient: Component, Client {
    private let rest: RestClient

    /// Creates a client.
    /// - Parameter baseRoute: the prefix of all routes; the setting `base_route` replaces it.
    public init(baseRoute: String = "") {
        rest = RestClient(baseRoute: baseRoute)
    }

    /// Calls a command.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await rest.call(
            context, .post, RestClient.encode(name), RestQueryParams(), .map(arguments.values), [], name: name,
            as: type)
    }
}
