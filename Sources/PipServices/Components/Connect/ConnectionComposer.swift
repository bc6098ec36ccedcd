/// Defines the requirements of a kind of connection and how its options are merged. Other editions override
/// `CompositeConnectionResolver` for this.
///
/// ```swift
/// struct QueueConnection: ConnectionComposer {
///     var defaultProtocol: String? { "mqtt" }
///     var defaultPort: Int { 1883 }
///     func finalizeOptions(_ options: ConfigParams) -> ConfigParams { ... }
/// }
/// let connection = CompositeConnectionResolver(QueueConnection())
/// ```
/// Every member has a default.
public protocol ConnectionComposer: Sendable {
    /// False if only one connection is allowed.
    var isClusterSupported: Bool { get }
    /// The default protocol; nil if a protocol is required.
    var defaultProtocol: String? { get }
    /// The default port; 0 if a port is required.
    var defaultPort: Int { get }
    /// The supported protocols; nil for any.
    var supportedProtocols: [String]? { get }

    /// Validates a connection, after the checks by the members above.
    func validateConnection(_ context: Context, _ connection: ConnectionParams) throws
    /// Validates the credentials. They are empty if there are none.
    func validateCredential(_ context: Context, _ credential: CredentialParams) throws
    /// Merges a connection into the options. By default, existing values are kept.
    func mergeConnection(_ options: ConfigParams, _ connection: ConnectionParams) -> ConfigParams
    /// Merges the credentials into the options. By default, they replace existing values.
    func mergeCredential(_ options: ConfigParams, _ credential: CredentialParams) -> ConfigParams
    /// Merges the section `options`. By default, existing values are kept.
    func mergeOptional(_ options: ConfigParams, _ parameters: ConfigParams) -> ConfigParams
    /// Converts the merged options to their final form. By default, they are unchanged.
    func finalizeOptions(_ options: ConfigParams) -> ConfigParams
}

extension ConnectionComposer {
    /// True.
    public var isClusterSupported: Bool { true }
    /// Nil: a protocol is required.
    public var defaultProtocol: String? { nil }
    /// 0: a port is required.
    public var defaultPort: Int { 0 }
    /// Nil: any.
    public var supportedProtocols: [String]? { nil }

    /// Accepts any connection.
    public func validateConnection(_ context: Context, _ connection: ConnectionParams) throws {}
    /// Accepts any credentials.
    public func validateCredential(_ context: Context, _ credential: CredentialParams) throws {}
    /// Keeps existing values. To merge the hosts of a cluster, see ``ConnectionUtils/concat(_:_:keys:)``.
    public func mergeConnection(_ options: ConfigParams, _ connection: ConnectionParams) -> ConfigParams {
        options.setDefaults(connection.config)
    }
    /// Replaces existing values.
    public func mergeCredential(_ options: ConfigParams, _ credential: CredentialParams) -> ConfigParams {
        options.override(credential.config)
    }
    /// Keeps existing values.
    public func mergeOptional(_ options: ConfigParams, _ parameters: ConfigParams) -> ConfigParams {
        options.setDefaults(parameters)
    }
    /// Returns the options unchanged.
    public func finalizeOptions(_ options: ConfigParams) -> ConfigParams { options }
}
