#if PIP_AWS
/// The location of an AWS resource and the access key for it (the toolkit's `AwsConnectionParams`).
///
/// The resource is specified by an ARN or its parts. Its description shows no secrets.
public struct AWSConnectionParams: Sendable, Hashable {
    /// All parameters by name. May contain secrets.
    public var config: ConfigParams

    /// Creates a connection from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `region=us-east-1;access_id=...` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Merges the connection and the credentials of a component's configuration (the toolkit's `fromConfig`).
    public static func fromConfig(_ config: ConfigParams) -> AWSConnectionParams {
        let connection = ConnectionParams.fromConfig(config)?.config ?? [:]
        let credential = CredentialParams.fromConfig(config)?.config ?? [:]
        return mergeConfigs(connection, credential)
    }

    /// Merges sections; if a name repeats, the later section wins.
    public static func mergeConfigs(_ configs: ConfigParams...) -> AWSConnectionParams {
        AWSConnectionParams(configs.reduce(ConfigParams()) { $0.override($1) })
    }

    /// The partition: `partition`, otherwise that of the ARN, otherwise that of the region.
    public var partition: String {
        get { config.text("partition") ?? parsed?.partition ?? AWSPartition(region: region ?? "").name }
        set { config["partition"] = newValue }
    }

    /// The service, such as `lambda`: `service`, otherwise `protocol`, otherwise that of the ARN.
    public var service: String? {
        get { config.text("service", "protocol") ?? parsed?.service }
        set { config["service"] = newValue }
    }

    /// The region, such as `us-east-1`: `region`, otherwise that of the ARN.
    public var region: String? {
        get { config.text("region") ?? parsed.flatMap { $0.region.isEmpty ? nil : $0.region } }
        set { config["region"] = newValue }
    }

    /// The account id: `account`, otherwise that of the ARN.
    public var account: String? {
        get { config.text("account") ?? parsed.flatMap { $0.account.isEmpty ? nil : $0.account } }
        set { config["account"] = newValue }
    }

    /// The type of the resource, such as `function`: `resource_type`, otherwise that of the ARN.
    public var resourceType: String? {
        get { config.text("resource_type") ?? parsed?.resourceType }
        set { config["resource_type"] = newValue }
    }

    /// The name of the resource: `resource`, otherwise that of the ARN.
    public var resource: String? {
        get { config.text("resource") ?? parsed?.resource }
        set { config["resource"] = newValue }
    }

    /// The ARN: `arn`, otherwise composed of the parts; nil if there is neither a service nor a resource. Setting it
    /// also sets the parts.
    public var arn: String? {
        get {
            if let arn = config.text("arn") { return arn }
            guard let resource = config.text("resource"), let service else { return nil }
            return ARN(
                partition: partition, service: service, region: region ?? "", account: account ?? "",
                resourceType: resourceType, resource: resource
            ).description
        }
        set {
            config["arn"] = newValue
            guard let arn = newValue.flatMap({ ARN(parsing: $0) }) else { return }
            config["partition"] = arn.partition
            config["service"] = arn.service
            config["region"] = arn.region
            config["account"] = arn.account
            config["resource_type"] = arn.resourceType
            config["resource"] = arn.resource
        }
    }

    /// The id of the access key: `access_id`, otherwise `client_id`.
    public var accessId: String? {
        get { config.text("access_id", "client_id") }
        set { config["access_id"] = newValue }
    }

    /// The secret of the access key: `access_key`, otherwise `client_key`, otherwise `secret_key`.
    public var accessKey: String? {
        get { config.text("access_key", "client_key", "secret_key") }
        set { config["access_key"] = newValue }
    }

    /// The session token of temporary keys: `session_token`.
    public var sessionToken: String? {
        get { config.text("session_token") }
        set { config["session_token"] = newValue }
    }

    /// Checks that an ARN and an access key are specified.
    /// - Throws: Misconfiguration `NO_AWS_CONNECTION`, `BAD_ARN`, `NO_ACCESS_ID` or `NO_ACCESS_KEY`.
    public func validate(_ context: Context) throws(ApplicationError) {
        guard arn != nil else {
            throw .config(
                code: "NO_AWS_CONNECTION", key: "connection.arn",
                "AWS connection is not set; expected 'connection.arn', or 'connection.service' and 'connection.resource'",
                traceId: context.traceId)
        }
        try validateARN(context)
        guard accessId != nil else { throw Self.missingKey("NO_ACCESS_ID", "credential.access_id", context) }
        guard accessKey != nil else { throw Self.missingKey("NO_ACCESS_KEY", "credential.access_key", context) }
    }

    // MARK: - Internal

    private var parsed: ARN? { config.text("arn").flatMap { ARN(parsing: $0) } }

    /// - Throws: Misconfiguration `BAD_ARN`.
    func validateARN(_ context: Context) throws(ApplicationError) {
        guard let arn = config.text("arn"), ARN(parsing: arn) == nil else { return }
        throw .config(
            code: "BAD_ARN", key: "connection.arn",
            "'connection.arn' is '\(arn.shortened)'; expected arn:<partition>:<service>:<region>:<account>:<resource>",
            traceId: context.traceId)
    }

    private static func missingKey(_ code: String, _ key: String, _ context: Context) -> ApplicationError {
        .config(code: code, key: key, "'\(key)' is missing; expected an access key of AWS", traceId: context.traceId)
    }
}

extension AWSConnectionParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parameters, without secrets.
    public var description: String {
        SecretText.masked(config) { name in
            !SecretText.isSecret(name) && !["access_id", "client_id"].contains(sameAs: name)
        }
    }
    /// As ``description``.
    public var debugDescription: String { "AWSConnectionParams(\(description))" }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}
#endif
