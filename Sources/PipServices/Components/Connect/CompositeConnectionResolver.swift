/// Finds connections and credentials, checks them, and puts them together with the section `options` (the toolkit's
/// `CompositeConnectionResolver`).
///
/// A component that a driver holds: `let connection = CompositeConnectionResolver(MyComposer())`. What the driver asks
/// for it says by a ``ConnectionComposer``.
public final class CompositeConnectionResolver: Component {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let options = OpenSection("options", "Further options of the connection")
    private let composer: any ConnectionComposer

    /// Creates a resolver for one kind of connection; by default any with a protocol, host and port.
    public init(_ composer: any ConnectionComposer = AnyConnection()) {
        self.composer = composer
    }

    /// A connection that has to name protocol, host and port, or a URI, and nothing else.
    public struct AnyConnection: ConnectionComposer {
        /// False when there may be no more than one connection.
        public var isClusterSupported: Bool
        /// The protocol of connections that name none.
        public var defaultProtocol: String?
        /// The port of connections that name none; 0 when one must be named.
        public var defaultPort: Int
        /// The protocols that are understood; nil for any.
        public var supportedProtocols: [String]?

        /// Says what such a connection asks for.
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

    /// Finds all that is configured, and puts it together. The result holds secrets.
    ///
    /// - Throws: what ``compose(_:connections:credential:parameters:)`` throws; Internal `REF_ERROR` when discovery or a
    ///   credential store is needed and the service has none; what these throw.
    public func resolve(_ context: Context) async throws -> ConfigParams {
        let connections = try await connections.resolveAll(context)
        try validate(context, connections)
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        return try compose(context, connections: connections, credential: credential, parameters: options())
    }

    /// Checks and puts together connections, credentials and options. The result holds secrets.
    ///
    /// - Throws: Misconfiguration `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`; `NO_PROTOCOL`, `UNSUPPORTED_PROTOCOL`, `NO_HOST`
    ///   or `NO_PORT` for a connection without a URI; what the composer's own checks throw.
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

    /// True if a discovery service or a credential store knows a part of the connection.
    var needsLookup: Bool {
        connections.all.contains(where: \.usesDiscovery) || credentials.all.contains(where: \.usesStore)
    }

    private func validate(_ context: Context, _ connections: [ConnectionParams]) throws {
        guard composer.isClusterSupported || connections.count <= 1 else {
            throw ApplicationError.config(
                code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED", key: "connections",
                "\(connections.count) connections are configured; expected one, since there is no cluster",
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
