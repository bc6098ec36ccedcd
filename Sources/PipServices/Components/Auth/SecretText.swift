/// Keeps secrets out of texts that people may see: descriptions, messages, dumps.
enum SecretText {
    /// What stands in the place of a secret.
    static let mask = "***"

    /// True for names whose values are, or may be, secret.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        // A file's name or a key to look something up by is no secret; what it leads to is.
        if name.ends(with: "_file") || name.ends(with: "discovery_key") || name.ends(with: "store_key") { return false }
        return ["pass", "pwd", "secret", "token", "key", "credential", "auth", "signature"].contains {
            name.contains(text: $0)
        }
    }

    /// Returns a URI without its user, its password and the values of its parameters. If a text looks like a URI but cannot
    /// be parsed, returns the mask. Returns any other text unchanged.
    static func masked(uri: String) -> String {
        guard uri.contains(scalar: "@") || uri.contains(scalar: "?") || uri.contains(text: "://")
        else { return uri }
        let parts = ConnectionURI(uri)
        guard parts.canBeShown else { return mask }
        var shown = parts.protocol.map { "\($0)://" } ?? ""
        if parts.username != nil || parts.password != nil { shown += mask + "@" }
        shown += parts.servers.map { server in
            ConnectionURI.bracketed(server.host) + (server.port.map { ":\($0)" } ?? "")
        }.joined(separator: ",")
        if let path = parts.path { shown += "/" + path }
        return parts.query.isEmpty ? shown : shown + "?" + mask
    }

    /// Parameters as `name=value;...`, for people. Values for which `isShown` is false are masked.
    static func masked(_ config: ConfigParams, isShown: (String) -> Bool) -> String {
        config.map { name, value in
            guard let value, !value.isEmpty else { return name }
            return "\(name)=" + (isShown(name) ? masked(uri: value) : mask)
        }.joined(separator: ";")
    }
}
