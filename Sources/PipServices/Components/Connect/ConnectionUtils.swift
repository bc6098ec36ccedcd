/// Utilities for connection parameters (the toolkit's `ConnectionUtils`).
public enum ConnectionUtils {
    /// Merges two sets of parameters. Values under the same name are joined by a comma.
    ///
    /// - Parameter keys: the names whose values are joined; for other names, the first value wins. Empty for all names.
    public static func concat(_ first: ConfigParams, _ second: ConfigParams, keys: [String] = []) -> ConfigParams {
        var result = first
        for (key, value) in second {
            guard let value, !value.isEmpty else { continue }
            if let present = first.text(key) {
                if keys.isEmpty || keys.contains(sameAs: key) { result[key] = "\(present),\(value)" }
            } else {
                result[key] = value
            }
        }
        return result
    }

    /// Renames a parameter, unless the new name exists.
    public static func rename(_ options: ConfigParams, from: String, to: String) -> ConfigParams {
        guard let value = options[from], options[to] == nil else { return options }
        var result = options
        result[to] = value
        result.remove(from)
        return result
    }

    /// Returns the parameters with the given names; all of them for an empty list.
    public static func include(_ options: ConfigParams, keys: [String]) -> ConfigParams {
        guard !keys.isEmpty else { return options }
        return ConfigParams(StringValueMap(options.filter { keys.contains(sameAs: $0.key) }))
    }

    /// Returns the parameters without the given names.
    public static func exclude(_ options: ConfigParams, keys: [String]) -> ConfigParams {
        ConfigParams(StringValueMap(options.filter { !keys.contains(sameAs: $0.key) }))
    }

    /// Splits a URI: `protocol://user:password@host1:port1,host2:port2/path?name=value` becomes `protocol`, `username`,
    /// `password`, `path`, `servers`, `host` and `port`, and the query parameters by name. Several values of the last
    /// three are separated by commas. Never fails; an empty string has no parts.
    ///
    /// User, password and query are percent-decoded. An IPv6 address has brackets in the URI and in `servers`, but not
    /// in `host`.
    ///
    /// - Parameters:
    ///   - defaultProtocol: the protocol if the URI has none.
    ///   - defaultPort: the port of servers without one.
    public static func parseUri(_ uri: String?, defaultProtocol: String?, defaultPort: Int?) -> ConfigParams {
        var options = ConfigParams()
        guard let uri, !uri.isEmpty else { return options }
        let parts = ConnectionURI(uri)
        for (name, value) in parts.query { options[name] = value }
        options["protocol"] = parts.protocol ?? defaultProtocol
        if let username = parts.username { options["username"] = username }
        if let password = parts.password { options["password"] = password }
        if let path = parts.path { options["path"] = path }
        let ports = parts.servers.map { $0.port ?? defaultPort.map { String($0) } ?? "" }
        options["servers"] = zip(parts.servers, ports).map { server, port in
            ConnectionURI.bracketed(server.host) + (port.isEmpty ? "" : ":\(port)")
        }.joined(separator: ",")
        options["host"] = parts.servers.map(\.host).joined(separator: ",")
        options["port"] = ports.allSatisfy(\.isEmpty) ? nil : ports.joined(separator: ",")
        return options
    }

    /// Composes a URI from parameters: the inverse of ``parseUri(_:defaultProtocol:defaultPort:)``. Other parameters
    /// become query parameters; `servers` is ignored. The result contains the password.
    ///
    /// - Parameters:
    ///   - defaultProtocol: the protocol if there is none.
    ///   - defaultPort: the port of hosts without one; nil or less than 1 for none.
    public static func composeUri(_ options: ConfigParams, defaultProtocol: String?, defaultPort: Int?) -> String {
        var uri = (options.text("protocol") ?? defaultProtocol).map { "\($0)://" } ?? ""
        let (username, password) = (options.text("username"), options.text("password"))
        if username != nil || password != nil {
            uri += encode(username ?? "") + (password.map { ":" + encode($0) } ?? "") + "@"
        }
        let defaultText = defaultPort.flatMap { $0 > 0 ? String($0) : nil } ?? ""
        let ports = (options.text("port") ?? defaultText).parts(separatedBy: ",")
        let hosts = (options.text("host") ?? "???").parts(separatedBy: ",")
        uri += hosts.enumerated().map { index, host in
            let port = index < ports.count && !ports[index].isEmpty ? String(ports[index]) : defaultText
            return ConnectionURI.bracketed(host) + (port.isEmpty ? "" : ":\(port)")
        }.joined(separator: ",")
        if let path = options.text("path") { uri += "/" + path }
        let parameters = options.filter { !placed.contains(ScalarText($0.key)) }.map { name, value in
            PercentCoding.encode(name) + (value.flatMap { $0.isEmpty ? nil : "=" + PercentCoding.encode($0) } ?? "")
        }
        return parameters.isEmpty ? uri : uri + "?" + parameters.joined(separator: "&")
    }

    // MARK: - Internal

    private static let placed: Set<ScalarText> = [
        "protocol", "host", "port", "username", "password", "servers", "path",
    ]

    /// Encodes a user name or password only if it would break the URI, because some drivers do not decode them.
    private static func encode(_ text: String) -> String {
        text.unicodeScalars.contains { "%@:/?#[],".unicodeScalars.contains($0) || $0.properties.isWhitespace }
            ? PercentCoding.encode(text) : text
    }
}
