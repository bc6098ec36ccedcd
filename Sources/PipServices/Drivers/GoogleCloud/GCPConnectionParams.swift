/// The address of a Google Cloud function and the credential for calling it (the toolkit's `GcpConnectionParams`).
///
/// Its description shows no secrets.
public struct GCPConnectionParams: Sendable, Hashable {
    /// All parameters by name. Contains secrets.
    public var config: ConfigParams

    /// Creates a connection from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `key1=value1;key2=value2` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Creates a connection from alternating names and values of a component's configuration, such as
    /// `connection.region` (the toolkit's `fromTuples`).
    public init(tuples: [AnyValue]) { self = Self.fromConfig(ConfigParams(tuples: tuples)) }

    /// Merges the connections and credentials of a component's configuration; later values override earlier ones.
    public static func fromConfig(_ config: ConfigParams) -> GCPConnectionParams {
        let credentials = CredentialParams.manyFromConfig(config).map(\.config)
        let connections = ConnectionParams.manyFromConfig(config).map(\.config)
        return GCPConnectionParams((credentials + connections).reduce(ConfigParams()) { $0.override($1) })
    }

    /// Merges several configurations (the toolkit's `mergeConfigs`); later values override earlier ones.
    public static func mergeConfigs(_ configs: ConfigParams...) -> GCPConnectionParams {
        GCPConnectionParams(configs.reduce(ConfigParams()) { $0.override($1) })
    }

    /// The protocol, `http` or `https`: `protocol`. Here and below, an empty string counts as missing.
    public var `protocol`: String? {
        get { config.text("protocol") }
        set { config["protocol"] = newValue }
    }

    /// The URL of the function: `uri`.
    public var uri: String? {
        get { config.text("uri") }
        set { config["uri"] = newValue }
    }

    /// The name of the function: `function`.
    public var function: String? {
        get { config.text("function") }
        set { config["function"] = newValue }
    }

    /// The region of the deployment, such as `europe-west1`: `region`.
    public var region: String? {
        get { config.text("region") }
        set { config["region"] = newValue }
    }

    /// The id of the project: `project_id`.
    public var projectId: String? {
        get { config.text("project_id") }
        set { config["project_id"] = newValue }
    }

    /// The ID token for calls: `auth_token`. A secret.
    public var authToken: String? {
        get { config.text("auth_token") }
        set { config["auth_token"] = newValue }
    }

    /// The calling service account, such as `default`: `account`.
    public var account: String? {
        get { config.text("account") }
        set { config["account"] = newValue }
    }

    /// The name of the organization: `org_id`.
    public var orgId: String? {
        get { config.text("org_id") }
        set { config["org_id"] = newValue }
    }

    /// Checks that the address is complete.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION_URI` unless `uri`, or all of `protocol`, `region`, `project_id` and
    ///   `function` are set; `WRONG_PROTOCOL` for a protocol other than `http` and `https`.
    public func validate(_ context: Context) throws(ApplicationError) {
        if uri == nil {
            let parts = [
                ("protocol", `protocol`), ("region", region), ("project_id", projectId), ("function", function),
            ]
            if let missing = parts.first(where: { $0.1 == nil })?.0 {
                throw .config(
                    code: "NO_CONNECTION_URI", key: "connection.\(missing)",
                    "The connection to a function has no '\(missing)'; expected 'uri', or 'protocol', 'region', "
                        + "'project_id' and 'function'", traceId: context.traceId)
            }
        }
        try FunctionURI.check(protocol: `protocol`, context, config)
    }
}

extension GCPConnectionParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parameters without secrets.
    public var description: String { SecretText.masked(config) { !SecretText.isSecret($0) } }
    /// Like ``description``.
    public var debugDescription: String { "GCPConnectionParams(\(description))" }
    /// Like ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}
