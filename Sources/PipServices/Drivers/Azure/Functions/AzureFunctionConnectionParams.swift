#if PIP_AZURE
/// The address of an Azure function and its key (the toolkit's `AzureFunctionConnectionParams`): the parameters of a
/// connection and a credential.
///
/// Its description shows no secrets.
public struct AzureFunctionConnectionParams: Sendable, Hashable {
    /// All parameters by name. May contain secrets.
    public var config: ConfigParams

    /// Creates a connection from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `key1=value1;key2=value2` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Creates a connection from alternating names and values of a component's configuration, such as
    /// `connection.app_name` (the toolkit's `fromTuples`).
    public init(tuples: [AnyValue]) { self = Self.fromConfig(ConfigParams(tuples: tuples)) }

    /// Merges the connections and credentials of a component's configuration; if a name repeats, the later value wins.
    public static func fromConfig(_ config: ConfigParams) -> AzureFunctionConnectionParams {
        let credentials = CredentialParams.manyFromConfig(config).map(\.config)
        let connections = ConnectionParams.manyFromConfig(config).map(\.config)
        return AzureFunctionConnectionParams((credentials + connections).reduce(ConfigParams()) { $0.override($1) })
    }

    /// Merges configurations (the toolkit's `mergeConfigs`); if a name repeats, the later value wins.
    public static func mergeConfigs(_ configs: ConfigParams...) -> AzureFunctionConnectionParams {
        AzureFunctionConnectionParams(configs.reduce(ConfigParams()) { $0.override($1) })
    }

    /// `http` or `https`: `protocol`. Here and below, an empty string counts as missing.
    public var `protocol`: String? {
        get { config.text("protocol") }
        set { config["protocol"] = newValue }
    }

    /// The address of the function (the toolkit's `getFunctionUri`): `uri`.
    public var uri: String? {
        get { config.text("uri") }
        set { config["uri"] = newValue }
    }

    /// The name of the function app: `app_name`.
    public var appName: String? {
        get { config.text("app_name") }
        set { config["app_name"] = newValue }
    }

    /// The name of the function: `function_name`.
    public var functionName: String? {
        get { config.text("function_name") }
        set { config["function_name"] = newValue }
    }

    /// The key of the function or of its app: `auth_code`. A secret.
    public var authCode: String? {
        get { config.text("auth_code") }
        set { config["auth_code"] = newValue }
    }

    /// Checks that the address is specified.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION_URI` unless `uri`, or all of `protocol`, `app_name` and
    ///   `function_name` are set; `WRONG_PROTOCOL` for a protocol other than `http` and `https`.
    public func validate(_ context: Context) throws(ApplicationError) {
        if uri == nil {
            let parts = [("protocol", `protocol`), ("app_name", appName), ("function_name", functionName)]
            if let missing = parts.first(where: { $0.1 == nil })?.0 {
                throw .config(
                    code: "NO_CONNECTION_URI", key: "connection.\(missing)",
                    "The connection to a function has no '\(missing)'; expected 'uri', or 'protocol', 'app_name' and "
                        + "'function_name'", traceId: context.traceId)
            }
        }
        try FunctionURI.check(protocol: `protocol`, context, config)
    }
}

extension AzureFunctionConnectionParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parameters, without secrets.
    public var description: String { SecretText.masked(config) { !SecretText.isSecret($0) } }
    /// As ``description``.
    public var debugDescription: String { "AzureFunctionConnectionParams(\(description))" }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}
#endif
