#if PIP_AZURE
import FoundationEssentials

/// The address of a Service Bus namespace and the credentials for it. Contains secrets.
struct ServiceBusNamespace: Sendable, CustomStringConvertible, CustomReflectable {
    /// How the client authenticates.
    enum Proof: Sendable {
        /// A key of a policy, for shared access signatures.
        case key(name: String, key: String)
        /// A fixed shared access signature.
        case signature(String)
        /// An identity, for tokens of Microsoft Entra.
        case identity(AzureIdentity)
    }

    let server: BrokerServer
    let proof: Proof
    /// The address of the management API, without a slash at the end.
    let managementAddress: String

    /// - Throws: Misconfiguration `NO_CONNECTION_URI`, `BAD_URI`, `UNSUPPORTED_PROTOCOL`, `NO_PORT`, `NO_ACCESS_ID`,
    ///   `NO_ACCESS_KEY`, and those of an identity.
    init(
        _ context: Context, _ params: AzureConnectionParams, _ environment: AzureEnvironment
    ) throws(ApplicationError) {
        guard let uri = params.uri else {
            throw .config(
                code: "NO_CONNECTION_URI", key: "connection.uri",
                "'connection.uri' is missing; expected sb://name.servicebus.windows.net, there or as 'Endpoint' in "
                    + "'credential.connection_string'", traceId: context.traceId)
        }
        var connection = ConnectionParams(ConfigParams(["uri": uri]))
        let parts = try ConnectionCheck(context: context, connection: connection).parse(uri)
        guard let place = parts.servers.first, !place.host.isEmpty else {
            throw ConnectionCheck(context: context, connection: connection).missing("host")
        }
        connection["port"] = place.port
        let check = ConnectionCheck(context: context, connection: connection)
        let name = parts.protocol ?? "sb"
        guard ["sb", "amqps", "amqp"].contains(sameAs: name) else {
            throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: ["sb", "amqps", "amqp"])
        }
        let isEncrypted = !name.isSame(as: "amqp")
        server = BrokerServer(
            host: place.host, port: try check.port(default: isEncrypted ? 5671 : 5672), isEncrypted: isEncrypted)
        // The emulator has a separate port for the management API, without TLS.
        let host = ConnectionURI.bracketed(place.host)
        managementAddress = try AzureService.address(
            context, params.config.text("management_uri") ?? (isEncrypted ? "https://\(host)" : "http://\(host):5300"),
            key: "connection.management_uri")
        proof = try Self.proof(context, params, environment)
    }

    // MARK: - Internal

    private static func proof(
        _ context: Context, _ params: AzureConnectionParams, _ environment: AzureEnvironment
    ) throws(ApplicationError) -> Proof {
        if let ready = params.sasToken { return .signature(ready) }
        if params.accountName == nil, params.accountKey == nil,
            let identity = try AzureIdentity.find(context, params, environment)
        {
            return .identity(identity)
        }
        guard let name = params.accountName else {
            throw .config(
                code: "NO_ACCESS_ID", key: "credential.access_id",
                "'credential.access_id' is missing; expected the name of a shared access policy, there or as "
                    + "'SharedAccessKeyName' in 'credential.connection_string', 'credential.client_id' with a secret or a "
                    + "certificate, or 'credential.managed_identity' that is true", traceId: context.traceId)
        }
        guard let key = params.accountKey else {
            throw .config(
                code: "NO_ACCESS_KEY", key: "credential.access_key",
                "'credential.access_key' is missing; expected the key of the policy, there or as 'SharedAccessKey' in "
                    + "'credential.connection_string', or 'credential.sas_token'", traceId: context.traceId)
        }
        return .key(name: name, key: key)
    }

    var description: String { "\(server)" }
    var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
#endif
