/// Resolves the address and credential of a Google Cloud function (the toolkit's `GcpConnectionResolver`).
///
/// A child component: `let connection = GCPConnectionResolver()`. It reads the sections `connection` and `credential`
/// of its owner, and queries discovery services and credential stores if these sections refer to them.
public final class GCPConnectionResolver: Component {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()

    /// Creates a resolver.
    public init() {}

    /// Returns the complete connection: the URL is composed from its parts, or parsed into them.
    ///
    /// - Throws: as ``GCPConnectionParams/validate(_:)``; Misconfiguration `BAD_URI` for an unsupported URL; errors of
    ///   discovery services and credential stores.
    public func resolve(_ context: Context) async throws -> GCPConnectionParams {
        let connection = try await connections.resolve(context)?.config ?? [:]
        let credential = try await credentials.lookup(context)?.config ?? [:]
        return try complete(context, GCPConnectionParams(connection.override(credential)))
    }

    // MARK: - Internal

    /// True if a discovery service or a credential store must be queried.
    var needsLookup: Bool {
        connections.all.contains { $0.usesDiscovery } || credentials.all.contains { $0.usesStore }
    }

    private func complete(
        _ context: Context, _ connection: GCPConnectionParams
    ) throws(ApplicationError) -> GCPConnectionParams {
        try connection.validate(context)
        var connection = connection
        guard let uri = connection.uri else {
            let (name, region) = (connection.protocol ?? "https", connection.region ?? "")
            let host = "\(region)-\(connection.projectId ?? "").cloudfunctions.net"
            connection.uri = "\(name)://\(host)/\(connection.function ?? "")"
            _ = try FunctionURI.parts(connection.uri ?? "", context, connection.config)
            return connection
        }
        let parts = try FunctionURI.parts(uri, context, connection.config)
        connection.protocol = parts.protocol?.asciiLowercased
        let path = (parts.path ?? "").parts(separatedBy: "/", omittingEmpty: true)
        connection.function = path.last.map { String($0) }
        // https://<region>-<project>.cloudfunctions.net; a region has two parts: europe-west1.
        let labels = (parts.servers.first?.host ?? "").parts(separatedBy: ".")
        if labels.count == 3, labels[1].isSame(as: "cloudfunctions") {
            let words = labels[0].parts(separatedBy: "-")
            connection.region = words.prefix(2).joined(separator: "-")
            connection.projectId = words.dropFirst(2).joined(separator: "-")
        } else {
            connection.uri = uri
        }
        return connection
    }
}
