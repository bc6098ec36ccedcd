#if PIP_AWS
/// Resolves the connection of a component to AWS (the toolkit's `AwsConnectionResolver`) from its sections `connection`
/// and `credential`, discovery services and credential stores; the environment provides missing values.
///
/// A child component: `let resolver = AWSConnectionResolver()`.
public final class AWSConnectionResolver: Component {
    private let declared: [any Slot] = AWSConnectionResolver.settings()
    private let connections = PluralSection(
        "connections", singular: "connection", "Several sections instead of `connection`; the first one is used")
    private let credentials = PluralSection(
        "credentials", singular: "credential", secret: true, "Several sections instead of `credential`")
    private let discoveries = Dependencies<any Discovery>("discovery", "*:discovery:*:*:*")
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")
    private let environment: @Sendable () -> AWSEnvironment

    /// Creates a resolver.
    public convenience init() { self.init(environment: { .process }) }

    /// The settings in the sections `connection` and `credential`.
    public var slots: [any Slot] { declared }

    /// Returns the connection. Its ARN, and configured keys, are validated.
    ///
    /// - Throws: Misconfiguration `NO_REGION`, `BAD_REGION`, `BAD_ARN`, `NO_ACCESS_ID` or `NO_ACCESS_KEY`; FileError
    ///   `READ_FAILED` for a shared configuration file of AWS; Internal `REF_ERROR` if discovery or a credential store
    ///   is needed and the service has none; the errors of these.
    public func resolve(_ context: Context) async throws -> AWSConnectionParams {
        let connection = try await lookup.resolve(context)?.config ?? [:]
        let credential = try await credential(context)
        var params = AWSConnectionParams.mergeConfigs(connection, credential?.config ?? [:])
        try params.validateARN(context)
        _ = try AWSCredentialChain.configured(context, credential)
        guard let region = try params.region ?? environment().region(profile: credential?.config.text("profile")) else {
            throw ApplicationError.config(
                code: "NO_REGION", key: "connection.region",
                "'connection.region' is missing; expected a region such as us-east-1, there, in 'connection.arn' or in the "
                    + "variable AWS_REGION", traceId: context.traceId)
        }
        guard AWSPartition.isRegion(region) else {
            throw ApplicationError.config(
                code: "BAD_REGION", key: "connection.region",
                "'connection.region' is '\(region.shortened)'; expected a region such as us-east-1",
                traceId: context.traceId)
        }
        params.region = region
        return params
    }

    // MARK: - Internal

    /// - Parameter environment: the variables and files that are used in addition to the configuration.
    init(environment: @escaping @Sendable () -> AWSEnvironment) { self.environment = environment }

    /// The current environment.
    var present: AWSEnvironment { environment() }

    /// True if a part of the connection comes from a discovery service or a credential store.
    var needsLookup: Bool {
        lookup.connections.contains(where: \.usesDiscovery) || credentials().contains { CredentialParams($0).usesStore }
    }

    /// Returns the configured or stored credentials; nil if there are none.
    func credential(_ context: Context) async throws -> CredentialParams? {
        try await CredentialLookup.lookup(context, credentials().map { CredentialParams($0) }, stores())
    }

    /// Returns the address of a service for a connection.
    /// - Throws: Misconfiguration `BAD_URI`; FileError `READ_FAILED`.
    func endpoint(
        _ context: Context, _ service: AWSService, _ params: AWSConnectionParams
    ) throws(ApplicationError) -> AWSEndpoint {
        var (key, text) = ("connection.\(service.name)_uri", params.config.text("\(service.name)_uri"))
        if text == nil { (key, text) = ("connection.uri", params.config.text("uri")) }
        if text == nil, let found = try environment().endpoint(service, profile: params.config.text("profile")) {
            (key, text) = (found.key, found.url)
        }
        guard let text else { return AWSEndpoint(service, region: params.region ?? "") }
        if let endpoint = AWSEndpoint(custom: text) { return endpoint }
        throw .config(
            code: "BAD_URI", key: key,
            "'\(key)' is '\(SecretText.masked(uri: text).shortened)'; expected the address of the service, "
                + "http://host:port or https://host:port", traceId: context.traceId)
    }

    private var lookup: ConnectionLookup {
        ConnectionLookup(connections: connections().map { ConnectionParams($0) }, discoveries: discoveries())
    }

    private static func settings() -> [any Slot] {
        func text(_ key: String, aliases: [String] = [], secret: Bool = false, _ meaning: String) -> any Slot {
            Setting<String?>(key, aliases: aliases, default: nil, secret: secret, meaning)
        }
        return [
            text("connection.region", "The region; by default that of the ARN, of AWS_REGION or of the profile"),
            text("connection.arn", "The ARN of the resource, instead of its parts"),
            text("connection.partition", "The partition; by default that of the region"),
            text("connection.service", aliases: ["connection.protocol"], "The service, for an ARN composed of parts"),
            text("connection.account", "The account id, for an ARN composed of parts"),
            text("connection.resource_type", "The type of the resource, for an ARN composed of parts"),
            text("connection.resource", "The name of the resource, for an ARN composed of parts"),
            text("connection.uri", "The address of the service, instead of that of its region"),
            text("connection.discovery_key", "The key in a discovery service"),
            text("credential.access_id", aliases: ["credential.client_id"], "The id of the access key"),
            text(
                "credential.access_key", aliases: ["credential.client_key", "credential.secret_key"], secret: true,
                "The secret of the access key"),
            text("credential.session_token", secret: true, "The session token of temporary keys"),
            text("credential.profile", "The profile in ~/.aws/credentials; by default that of AWS_PROFILE"),
            text("credential.store_key", "The key in a credential store"),
            text("credential.ssl_ca_file", "The file of the trusted certificates; by default AWS_CA_BUNDLE"),
        ]
    }
}
#endif
