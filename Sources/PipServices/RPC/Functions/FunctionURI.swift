/// Checks the address of a function that is called over HTTP.
enum FunctionURI {
    static let protocols = ["http", "https"]

    /// Checks the protocol of a connection, if it has one.
    /// - Throws: Misconfiguration `WRONG_PROTOCOL`.
    static func check(protocol name: String?, _ context: Context, _ config: ConfigParams) throws(ApplicationError) {
        guard let name, !protocols.contains(name) else { return }
        throw ConnectionCheck(context: context, connection: ConnectionParams(config))
            .wrongProtocol(name, code: "WRONG_PROTOCOL", expected: protocols)
    }

    /// Returns the parts of an address.
    /// - Throws: Misconfiguration `BAD_URI` for an address that is not a URI of one server, or has a user or a query;
    ///   `WRONG_PROTOCOL`, `BAD_HOST` or `NO_PORT` for its parts.
    static func parts(_ uri: String, _ context: Context, _ config: ConfigParams) throws(ApplicationError)
        -> ConnectionURI
    {
        let check = ConnectionCheck(context: context, connection: ConnectionParams(config))
        let parts = try check.parse(uri)
        let name = parts.protocol?.asciiLowercased ?? ""
        guard protocols.contains(name) else {
            throw check.wrongProtocol(name, code: "WRONG_PROTOCOL", expected: protocols)
        }
        let host = parts.servers.first?.host ?? ""
        guard parts.servers.count == 1, !host.isEmpty, parts.query.isEmpty, parts.username == nil else {
            throw .config(
                code: "BAD_URI", key: "connection.uri",
                "The URI of a function is invalid; expected protocol://host:port/function",
                traceId: context.traceId)
        }
        var address = ConnectionParams()
        address.host = host
        address["port"] = parts.servers.first?.port
        let server = ConnectionCheck(context: context, connection: address)
        try server.host()
        try server.port(default: 1)
        return parts
    }
}
