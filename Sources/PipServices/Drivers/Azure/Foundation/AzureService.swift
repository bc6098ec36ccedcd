#if PIP_AZURE
/// An Azure service: its address and the signing of its requests.
struct AzureService: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case queue, table, vault, insights }

    let kind: Kind
    /// The name in counters and messages.
    let name: String
    /// The resource for which tokens are issued.
    let resource: String

    /// The version of the protocol of the storage services.
    static let storageVersion = "2021-12-02"

    static let queue = AzureService(kind: .queue, name: "azure-queue", resource: "https://storage.azure.com")
    static let table = AzureService(kind: .table, name: "azure-table", resource: "https://storage.azure.com")
    static let vault = AzureService(kind: .vault, name: "azure-keyvault", resource: "https://vault.azure.net")
    // The second slash is part of the name: tokens for the name without it are rejected.
    static let insights = AzureService(kind: .insights, name: "azure-insights", resource: "https://monitor.azure.com/")

    /// The header fields of every request.
    var headers: [(name: String, value: String)] {
        switch kind {
        case .queue: [("x-ms-version", Self.storageVersion)]
        case .table:
            [
                ("x-ms-version", Self.storageVersion), ("DataServiceVersion", "3.0"),
                ("Accept", "application/json;odata=nometadata"),
            ]
        case .vault, .insights: []
        }
    }

    /// Returns the address of the service, without a trailing slash.
    /// - Throws: Misconfiguration `BAD_URI`, `BAD_PROTOCOL`, `NO_ACCESS_ID`, `BAD_ACCESS_ID`, `NO_URI` or `BAD_VAULT`.
    func endpoint(_ context: Context, _ params: AzureConnectionParams) throws(ApplicationError) -> String {
        switch kind {
        case .queue: try storage(context, params, "queue")
        case .table: try storage(context, params, "table")
        case .vault: try vault(context, params)
        case .insights:
            try Self.address(
                context, params.config.text("ingestion_uri", "uri") ?? "https://dc.services.visualstudio.com")
        }
    }

    /// Returns the resource for which tokens are issued; for vaults it depends on the cloud.
    func resource(of endpoint: String) -> String {
        guard kind == .vault, let host = ConnectionURI(endpoint).servers.first?.host,
            let domain = host.divided(atFirst: ".")?.after, domain.begins(with: "vault.")
        else { return resource }
        return "https://\(domain)"
    }

    /// Returns whether a redirect of the service to an address may be followed.
    func accepts(movedTo address: String) -> Bool {
        let uri = ConnectionURI(address)
        guard kind == .insights, uri.protocol?.isSame(as: "https") == true, let host = uri.servers.first?.host else {
            return false
        }
        return Self.insightsDomains.contains { host.ends(with: $0) }
    }

    // MARK: - Internal

    private static let insightsDomains = [
        ".applicationinsights.azure.com", ".applicationinsights.azure.us", ".applicationinsights.azure.cn",
        ".services.visualstudio.com",
    ]

    private func storage(
        _ context: Context, _ params: AzureConnectionParams, _ service: String
    ) throws(ApplicationError) -> String {
        if let uri = params.uri ?? params.config.text("\(service)_uri") { return try Self.address(context, uri) }
        guard let account = params.accountName else { throw AzureConnectionParams.noAccessId(context) }
        let isAccount = account.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
        guard isAccount, (3...24).contains(account.utf8.count) else {
            throw .config(
                code: "BAD_ACCESS_ID", key: "credential.access_id",
                "'credential.access_id' is '\(account.shortened)'; expected the name of a storage account, 3 to 24 "
                    + "lower-case letters and digits", traceId: context.traceId)
        }
        guard ["http", "https"].contains(sameAs: params.protocol.asciiLowercased) else {
            throw .config(
                code: "BAD_PROTOCOL", key: "connection.protocol",
                "'connection.protocol' is '\(params.protocol.shortened)'; expected https or http",
                traceId: context.traceId)
        }
        return try Self.address(context, "\(params.protocol)://\(account).\(service).\(params.suffix)")
    }

    private func vault(_ context: Context, _ params: AzureConnectionParams) throws(ApplicationError) -> String {
        guard let vault = params.config.text("uri", "key_vault") else {
            throw .config(
                code: "NO_URI", key: "connection.uri",
                "'connection.uri' is missing; expected the name of a vault, or its address such as "
                    + "https://name.vault.azure.net", traceId: context.traceId)
        }
        if vault.contains(text: "://") { return try Self.address(context, vault) }
        let isName = vault.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isName, (3...24).contains(vault.utf8.count) else {
            throw .config(
                code: "BAD_VAULT", key: "connection.uri",
                "'connection.uri' is '\(SecretText.masked(uri: vault).shortened)'; expected the name of a vault, 3 to 24 "
                    + "letters, digits and -, or its address", traceId: context.traceId)
        }
        return "https://\(vault.asciiLowercased).vault.azure.net"
    }

    /// Returns an address of the form `http://host:port/path`, without a trailing slash.
    static func address(
        _ context: Context, _ text: String, key: String = "connection.uri"
    ) throws(ApplicationError) -> String {
        let uri = ConnectionURI(text)
        guard let scheme = uri.protocol?.asciiLowercased, scheme == "http" || scheme == "https",
            uri.username == nil, uri.password == nil, uri.query.isEmpty, uri.ambiguity == nil,
            uri.servers.count == 1, let server = uri.servers.first, !server.host.isEmpty,
            server.port.map({ Int($0).map { (1...65_535).contains($0) } ?? false }) ?? true
        else {
            throw .config(
                code: "BAD_URI", key: key,
                "'\(key)' is '\(SecretText.masked(uri: text).shortened)'; expected the address of the service, "
                    + "https://host:port", traceId: context.traceId)
        }
        let path = (uri.path ?? "").parts(separatedBy: "/", omittingEmpty: true).map { "/\($0)" }.joined()
        return "\(scheme)://\(ConnectionURI.bracketed(server.host.asciiLowercased))"
            + (server.port.map { ":\($0)" } ?? "") + path
    }
}
#endif
