#if PIP_AZURE
/// Resolves the connection of a component to Azure (the toolkit's `AzureStorageConnectionResolver`) from its sections
/// `connection` and `credential`, discovery services and credential stores.
///
/// A child component: `let resolver = AzureConnectionResolver()`.
public final class AzureConnectionResolver: Component {
    private let declared: [any Slot] = AzureConnectionResolver.settings()
    private let connections = PluralSection(
        "connections", singular: "connection", "Several sections instead of `connection`; the first one is used")
    private let credentials = PluralSection(
        "credentials", singular: "credential", secret: true, "Several sections instead of `credential`")
    private let discoveries = Dependencies<any Discovery>("discovery", "*:discovery:*:*:*")
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")

    /// Creates a resolver.
    public init() {}

    /// The settings in the sections `connection` and `credential`.
    public var slots: [any Slot] { declared }

    /// Returns the connection, including the parts of its connection string.
    ///
    /// - Throws: Misconfiguration `BAD_CONNECTION_STRING`; Internal `REF_ERROR` if discovery or a credential store is
    ///   needed and the service has none; the errors of these.
    public func resolve(_ context: Context) async throws -> AzureConnectionParams {
        let connection = try await lookup.resolve(context)?.config ?? [:]
        let credential = try await CredentialLookup.lookup(context, stored, stores())?.config ?? [:]
        return try AzureConnectionParams.mergeConfigs(connection, credential).expanded(context)
    }

    // MARK: - Internal

    /// True if a part of the connection comes from a discovery service or a credential store.
    var needsLookup: Bool { lookup.connections.contains(where: \.usesDiscovery) || stored.contains { $0.usesStore } }

    private var stored: [CredentialParams] { credentials().map { CredentialParams($0) } }

    private var lookup: ConnectionLookup {
        ConnectionLookup(connections: connections().map { ConnectionParams($0) }, discoveries: discoveries())
    }

    private static func settings() -> [any Slot] {
        func text(_ key: String, aliases: [String] = [], secret: Bool = false, _ meaning: String) -> any Slot {
            Setting<String?>(key, aliases: aliases, default: nil, secret: secret, meaning)
        }
        return [
            text(
                "connection.protocol", aliases: ["connection.endpoints_protocol"],
                "The protocol of the services; https by default"),
            text(
                "connection.suffix", aliases: ["connection.endpoints_suffix"],
                "The domain of the storage services; core.windows.net by default"),
            text("connection.uri", "The address of the service, instead of that of its account or vault"),
            text("connection.discovery_key", "The key in a discovery service"),
            text("credential.access_id", aliases: ["credential.account_name"], "The name of the storage account"),
            text(
                "credential.access_key", aliases: ["credential.account_key"], secret: true,
                "The key of the storage account"),
            text("credential.sas_token", secret: true, "A shared access signature, instead of the key"),
            text(
                "credential.connection_string", secret: true,
                "A connection string, instead of account, key and addresses"),
            text("credential.tenant_id", "The tenant of Microsoft Entra; by default AZURE_TENANT_ID"),
            text("credential.client_id", "The application, or the managed identity; by default AZURE_CLIENT_ID"),
            text(
                "credential.client_secret", aliases: ["credential.client_key"], secret: true,
                "The secret of the application; by default AZURE_CLIENT_SECRET"),
            text("credential.ssl_crt_file", "The certificate of the application, instead of the secret"),
            text("credential.ssl_key_file", "The private key of the certificate; by default in the same file"),
            Setting<Bool?>(
                "credential.managed_identity", default: nil,
                "True to use the managed identity of the machine, the container or the function"),
            text("credential.authority", "The address of Microsoft Entra; by default AZURE_AUTHORITY_HOST"),
            text("credential.store_key", "The key in a credential store"),
            text("credential.ssl_ca_file", "The file of the trusted certificates"),
        ]
    }
}
#endif
