#if PIP_AZURE
/// Resolves the address and the key of an Azure function (the toolkit's `AzureFunctionConnectionResolver`).
///
/// A child component: `let connection = AzureFunctionConnectionResolver()`. It reads the sections `connection` and
/// `credential` of its owner, and uses discovery services and credential stores if these sections refer to them.
public final class AzureFunctionConnectionResolver: Component {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()

    /// Creates a resolver.
    public init() {}

    /// Returns the complete connection: the address is composed of its parts, or split into them.
    ///
    /// - Throws: as ``AzureFunctionConnectionParams/validate(_:)``; Misconfiguration `BAD_URI` for an invalid address;
    ///   the errors of discovery services and credential stores.
    public func resolve(_ context: Context) async throws -> AzureFunctionConnectionParams {
        let connection = try await connections.resolve(context)?.config ?? [:]
        let credential = try await credentials.lookup(context)?.config ?? [:]
        return try complete(context, AzureFunctionConnectionParams(connection.override(credential)))
    }

    // MARK: - Internal

    /// True if a part comes from a discovery service or a credential store.
    var needsLookup: Bool {
        connections.all.contains { $0.usesDiscovery } || credentials.all.contains { $0.usesStore }
    }

    private func complete(
        _ context: Context, _ connection: AzureFunctionConnectionParams
    ) throws(ApplicationError) -> AzureFunctionConnectionParams {
        try connection.validate(context)
        var connection = connection
        guard let uri = connection.uri else {
            let (app, function) = (connection.appName ?? "", connection.functionName ?? "")
            connection.uri = "\(connection.protocol ?? "https")://\(app).azurewebsites.net/api/\(function)"
            _ = try FunctionURI.parts(connection.uri ?? "", context, connection.config)
            return connection
        }
        let parts = try FunctionURI.parts(uri, context, connection.config)
        connection.protocol = parts.protocol?.asciiLowercased
        let path = (parts.path ?? "").parts(separatedBy: "/", omittingEmpty: true)
        connection.functionName = path.last.map { String($0) }
        // https://<app>.azurewebsites.net/api/<function>
        let labels = (parts.servers.first?.host ?? "").parts(separatedBy: ".")
        if labels.count > 2, labels[labels.count - 2].isSame(as: "azurewebsites") {
            connection.appName = String(labels[0])
        }
        return connection
    }
}
#endif
