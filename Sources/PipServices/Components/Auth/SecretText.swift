/// Masks secrets in descriptions, messages and dumps.
enum SecretText {
    /// The replacement for a secret.
    static let mask = "***"

    /// Returns true if the values of a name are, or may be, secret.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        // The name of a file and a look-up key are not secret, only what they refer to.
        if name.ends(with: "_file") || name.ends(with: "discovery_key") || name.ends(with: "store_key") { return false }
        return ["pass", "pwd", "secret", "token", "key", "credential", "auth", "signature"].contains {
            name.contains(text: $0)
        }
    }

    /// Returns a URI without its user, its password and the values of its parameters. If a string looks like a URI but
    /// can't be parsed, returns the mask. Returns any other string unchanged.
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

    /// Returns parameters as `name=value;...`. Values for which `isShown` is false are masked.
    static func masked(_ config: ConfigParams, isShown: (String) -> Bool) -> String {
        config.map { name, value in
            guard let value, !value.isEmpty else { return name }
            return "\(name)=" + (isShown(name) ? masked(uri: value) : mask)
        }.joined(separator: ";")
    }
}
