#if PIP_AZURE
/// The address of an Azure service and the credentials for it (the toolkit's `AzureStorageConnectionParams`).
///
/// Its description shows no secrets.
public struct AzureConnectionParams: Sendable, Hashable {
    /// All parameters by name. May contain secrets.
    public var config: ConfigParams

    /// Creates a connection from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `account_name=orders;account_key=...` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Merges the connection and the credentials of a component's configuration (the toolkit's `fromConfig`).
    public static func fromConfig(_ config: ConfigParams) -> AzureConnectionParams {
        let connection = ConnectionParams.fromConfig(config)?.config ?? [:]
        let credential = CredentialParams.fromConfig(config)?.config ?? [:]
        return mergeConfigs(connection, credential)
    }

    /// Merges sections; if a name repeats, the later section wins.
    public static func mergeConfigs(_ configs: ConfigParams...) -> AzureConnectionParams {
        AzureConnectionParams(configs.reduce(ConfigParams()) { $0.override($1) })
    }

    /// `http` or `https`: `protocol`, otherwise `endpoints_protocol`; `https` by default.
    public var `protocol`: String {
        get { config.text("protocol", "endpoints_protocol") ?? "https" }
        set { config["protocol"] = newValue }
    }

    /// The domain of the storage services: `suffix`, otherwise `endpoints_suffix`; `core.windows.net` by default.
    public var suffix: String {
        get { config.text("suffix", "endpoints_suffix") ?? "core.windows.net" }
        set { config["suffix"] = newValue }
    }

    /// The address that replaces the account's default address: `uri`.
    public var uri: String? {
        get { config.text("uri") }
        set { config["uri"] = newValue }
    }

    /// The account, or the name of a shared access key: `access_id`, otherwise `account_name`.
    public var accountName: String? {
        get { config.text("access_id", "account_name") }
        set { config["access_id"] = newValue }
    }

    /// The key of the account in Base64, or a shared access key: `access_key`, otherwise `account_key`.
    public var accountKey: String? {
        get { config.text("access_key", "account_key") }
        set { config["access_key"] = newValue }
    }

    /// A shared access signature, instead of a key: `sas_token`.
    public var sasToken: String? {
        get { config.text("sas_token") }
        set { config["sas_token"] = newValue }
    }

    /// A blob container: `container`.
    public var container: String? {
        get { config.text("container") }
        set { config["container"] = newValue }
    }

    /// A table: `table`.
    public var table: String? {
        get { config.text("table") }
        set { config["table"] = newValue }
    }

    /// A queue: `queue`.
    public var queue: String? {
        get { config.text("queue") }
        set { config["queue"] = newValue }
    }

    /// The tenant of Microsoft Entra: `tenant_id`.
    public var tenantId: String? {
        get { config.text("tenant_id") }
        set { config["tenant_id"] = newValue }
    }

    /// The application, or the user-assigned managed identity: `client_id`.
    public var clientId: String? {
        get { config.text("client_id") }
        set { config["client_id"] = newValue }
    }

    /// The secret of the application: `client_secret`, otherwise `client_key`.
    public var clientSecret: String? {
        get { config.text("client_secret", "client_key") }
        set { config["client_secret"] = newValue }
    }

    /// Checks that an account, a key, and a container or a table are specified.
    /// - Throws: Misconfiguration `NO_ACCESS_ID`, `NO_ACCESS_KEY` or `NO_CONTAINER_AND_TABLE`.
    public func validate(_ context: Context) throws(ApplicationError) {
        guard accountName != nil else { throw Self.noAccessId(context) }
        guard accountKey != nil else { throw Self.noAccessKey(context) }
        guard container != nil || table != nil else {
            throw .config(
                code: "NO_CONTAINER_AND_TABLE", key: "connection.table",
                "'connection.container' and 'connection.table' are missing; expected one of them",
                traceId: context.traceId)
        }
    }

    // MARK: - Internal

    static func noAccessId(_ context: Context) -> ApplicationError {
        .config(
            code: "NO_ACCESS_ID", key: "credential.access_id",
            "'credential.access_id' is missing; expected the name of a storage account, there or in "
                + "'credential.connection_string'", traceId: context.traceId)
    }

    static func noAccessKey(_ context: Context) -> ApplicationError {
        .config(
            code: "NO_ACCESS_KEY", key: "credential.access_key",
            "'credential.access_key' is missing; expected the key of the account, 'credential.sas_token', "
                + "'credential.client_id' with a secret or a certificate, or 'credential.managed_identity' that is true",
            traceId: context.traceId)
    }

    /// Adds the values of the connection string that are not configured separately.
    /// - Throws: Misconfiguration `BAD_CONNECTION_STRING`.
    func expanded(_ context: Context) throws(ApplicationError) -> AzureConnectionParams {
        guard let text = config.text("connection_string") else { return self }
        var parsed = try AzureConnectionString(parsing: text, context: context).config
        // A configured value takes precedence under any of its names.
        for names in [
            ["access_id", "account_name"], ["access_key", "account_key"], ["protocol", "endpoints_protocol"],
            ["suffix", "endpoints_suffix"],
        ] where names.contains(where: { config.text($0) != nil }) {
            for name in names { parsed.remove(name) }
        }
        return AzureConnectionParams.mergeConfigs(parsed, config)
    }
}

extension AzureConnectionParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parameters without secrets.
    public var description: String {
        SecretText.masked(config) { name in
            !SecretText.isSecret(name) && !["access_id", "client_id", "connection_string"].contains(sameAs: name)
        }
    }
    /// As ``description``.
    public var debugDescription: String { "AzureConnectionParams(\(description))" }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}
#endif
