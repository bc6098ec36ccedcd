#if PIP_AZURE
import FoundationEssentials

/// The address of a Service Bus namespace and the credentials for it. Contains secrets.
struct ServiceBusNamespace: Sendable, CustomStringConvertible, CustomReflectable {
    let server: BrokerServer
    private let keyName: String
    private let key: String
    private let ready: String?

    /// - Throws: Misconfiguration `NO_CONNECTION_URI`, `BAD_URI`, `UNSUPPORTED_PROTOCOL`, `NO_PORT`, `NO_ACCESS_ID`,
    ///   `NO_ACCESS_KEY`.
    init(_ context: Context, _ params: AzureConnectionParams) throws(ApplicationError) {
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
        ready = params.sasToken
        guard ready == nil else {
            (keyName, key) = ("", "")
            return
        }
        guard let keyName = params.accountName else {
            throw .config(
                code: "NO_ACCESS_ID", key: "credential.access_id",
                "'credential.access_id' is missing; expected the name of a shared access policy, there or as "
                    + "'SharedAccessKeyName' in 'credential.connection_string'", traceId: context.traceId)
        }
        guard let key = params.accountKey else {
            throw .config(
                code: "NO_ACCESS_KEY", key: "credential.access_key",
                "'credential.access_key' is missing; expected the key of the policy, there or as 'SharedAccessKey' in "
                    + "'credential.connection_string', or 'credential.sas_token'", traceId: context.traceId)
        }
        (self.keyName, self.key) = (keyName, key)
    }

    /// Returns a token for an address.
    func token(for audience: String, expires: Date) -> String {
        ready ?? AzureSharedAccessSignature.token(uri: audience, keyName: keyName, key: key, expires: expires)
    }

    var description: String { "\(server)" }
    var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
#endif
