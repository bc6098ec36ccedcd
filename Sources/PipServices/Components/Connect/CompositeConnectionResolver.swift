/// Resolves and validates connections and credentials, and merges them with the section `options` (the toolkit's
/// `CompositeConnectionResolver`).
///
/// A driver holds it as a child component: `let connection = CompositeConnectionResolver(MyComposer())`. A
/// ``ConnectionComposer`` defines the driver's requirements.
public final class CompositeConnectionResolver: Component {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let options = OpenSection("options", "Further options of the connection")
    private let composer: any ConnectionComposer

    /// Creates a resolver for one kind of connection. The default accepts any connection with a protocol, host and
    /// port.
    public init(_ composer: any ConnectionComposer = AnyConnection()) {
        self.composer = composer
    }

    /// A connection that requires a protocol, host and port, or a URI, and nothing else.
    public struct AnyConnection: ConnectionComposer {
        /// False if only one connection is allowed.
        public var isClusterSupported: Bool
        /// The default protocol.
        public var defaultProtocol: String?
        /// The default port; 0 if a port is required.
        public var defaultPort: Int
        /// The supported protocols; nil for any.
        public var supportedProtocols: [String]?

        /// Creates a composer.
        public init(
            isClusterSupported: Bool = true, defaultProtocol: String? = nil, defaultPort: Int = 0,
            supportedProtocols: [String]? = nil
        ) {
            self.isClusterSupported = isClusterSupported
            self.defaultProtocol = defaultProtocol
            self.defaultPort = defaultPort
            self.supportedProtocols = supportedProtocols
        }
    }

    /// Resolves and merges the whole configuration. The result contains secrets.
    ///
    /// - Throws: as ``compose(_:connections:credential:parameters:)``; Internal `REF_ERROR` if discovery or a
    ///   credential store is needed and the service has none; errors of these services.
    public func resolve(_ context: Context) async throws -> ConfigParams {
        let connections = try await connections.resolveAll(context)
        try validate(context, connections)
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        return try compose(context, connections: connections, credential: credential, parameters: options())
    }

    /// Validates and merges connections, credentials and options. The result contains secrets.
    ///
    /// - Throws: Misconfiguration `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`; `NO_PROTOCOL`, `UNSUPPORTED_PROTOCOL`,
    ///   `NO_HOST` or `NO_PORT` for a connection without a URI; errors of the composer's own checks.
    public func compose(
        _ context: Context, connections: [ConnectionParams], credential: CredentialParams, parameters: ConfigParams
    ) throws -> ConfigParams {
        try validate(context, connections)
        try composer.validateCredential(context, credential)
        var result = connections.reduce(ConfigParams()) { composer.mergeConnection($0, $1) }
        result = composer.mergeCredential(result, credential)
        result = composer.mergeOptional(result, parameters)
        return composer.finalizeOptions(result)
    }

    // MARK: - Internal

    /// True if a part of the connection is in a discovery service or a credential store.
    var needsLookup: Bool {
        connections.all.contains(where: \.usesDiscovery) || credentials.all.contains(where: \.usesStore)
    }

    private func validate(_ context: Context, _ connections: [ConnectionParams]) throws {
        guard composer.isClusterSupported || connections.count <= 1 else {
            throw ApplicationError.config(
                code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED", key: "connections",
                "\(connections.count) connections are configured; expected one, because clusters are not supported",
                traceId: context.traceId)
        }
        for connection in connections {
            try validate(context, connection)
            try composer.validateConnection(context, connection)
        }
    }

    private func validate(_ context: Context, _ connection: ConnectionParams) throws {
        guard connection.uri == nil else { return }
        let check = ConnectionCheck(context: context, connection: connection)
        guard let name = connection.protocol ?? composer.defaultProtocol else { throw check.missing("protocol") }
        if let supported = composer.supportedProtocols, !supported.contains(name) {
            throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: supported)
        }
        guard connection.host != nil else { throw check.missing("host") }
        try check.port(default: composer.defaultPort)
    }
}
