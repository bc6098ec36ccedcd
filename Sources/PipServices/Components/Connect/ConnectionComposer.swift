/// What a kind of connection asks for, and how its options are put together: what the toolkit's editions override in
/// `CompositeConnectionResolver`.
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
    /// False when there may be no more than one connection.
    var isClusterSupported: Bool { get }
    /// The protocol of connections that name none; nil when one must be named.
    var defaultProtocol: String? { get }
    /// The port of connections that name none; 0 when one must be named.
    var defaultPort: Int { get }
    /// The protocols that are understood; nil for any.
    var supportedProtocols: [String]? { get }

    /// Checks a connection, after the checks that the members above ask for.
    func validateConnection(_ context: Context, _ connection: ConnectionParams) throws
    /// Checks the credentials; empty ones when there are none.
    func validateCredential(_ context: Context, _ credential: CredentialParams) throws
    /// Adds a connection to the options; by default what is there already stays.
    func mergeConnection(_ options: ConfigParams, _ connection: ConnectionParams) -> ConfigParams
    /// Adds the credentials to the options; by default in the place of what is there.
    func mergeCredential(_ options: ConfigParams, _ credential: CredentialParams) -> ConfigParams
    /// Adds the section `options`; by default what is there already stays.
    func mergeOptional(_ options: ConfigParams, _ parameters: ConfigParams) -> ConfigParams
    /// Brings the options into the form that is needed; by default leaves them as they are.
    func finalizeOptions(_ options: ConfigParams) -> ConfigParams
}

extension ConnectionComposer {
    /// True.
    public var isClusterSupported: Bool { true }
    /// Nil: a connection has to name its protocol.
    public var defaultProtocol: String? { nil }
    /// 0: a connection has to name its port.
    public var defaultPort: Int { 0 }
    /// Nil: any.
    public var supportedProtocols: [String]? { nil }

    /// Accepts any.
    public func validateConnection(_ context: Context, _ connection: ConnectionParams) throws {}
    /// Accepts any.
    public func validateCredential(_ context: Context, _ credential: CredentialParams) throws {}
    /// Adds what is not there yet. For hosts of a cluster one below the other, see ``ConnectionUtils/concat(_:_:keys:)``.
    public func mergeConnection(_ options: ConfigParams, _ connection: ConnectionParams) -> ConfigParams {
        options.setDefaults(connection.config)
    }
    /// Puts the credentials in the place of what is there.
    public func mergeCredential(_ options: ConfigParams, _ credential: CredentialParams) -> ConfigParams {
        options.override(credential.config)
    }
    /// Adds what is not there yet.
    public func mergeOptional(_ options: ConfigParams, _ parameters: ConfigParams) -> ConfigParams {
        options.setDefaults(parameters)
    }
    /// Leaves the options as they are.
    public func finalizeOptions(_ options: ConfigParams) -> ConfigParams { options }
}
