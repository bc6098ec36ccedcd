/// Validates a connection. Messages show its parameters without secrets.
struct ConnectionCheck: Sendable {
    let context: Context
    let connection: ConnectionParams

    /// Returns the error for a missing part, such as `NO_HOST`.
    func missing(_ part: String) -> ApplicationError {
        problem("NO_\(part.asciiUppercased)", part, "Connection \(part) is not set; expected '\(part)' or 'uri'")
    }

    /// Returns the error for an unsupported protocol.
    func wrongProtocol(_ name: String, code: String, expected: [String]) -> ApplicationError {
        problem(
            code, connection.uri == nil ? "protocol" : "uri",
            "Connection protocol '\(name)' is not supported; expected \(expected.joined(separator: " or "))"
                + NearestName.hint(for: name, among: expected)
        ).withDetails("protocol", .string(name))
    }

    /// Validates and returns the port. Zero means no port.
    /// - Throws: Misconfiguration `NO_PORT`.
    @discardableResult
    func port(default: Int = 0, allowsZero: Bool = false) throws(ApplicationError) -> Int {
        guard let text = connection["port"]?.trimmed, !text.isEmpty else {
            guard `default` > 0 || allowsZero else { throw missing("port") }
            return `default`
        }
        guard let port = Int(text), (0...65535).contains(port) else {
            throw problem("NO_PORT", "port", "Connection port is '\(text)'; expected a port from 1 to 65535")
        }
        guard port > 0 || allowsZero else { throw missing("port") }
        return port
    }

    /// Validates the host, if there is one: it must be a name or an address, without other parts of a URI.
    /// - Throws: Misconfiguration `BAD_HOST`.
    func host() throws(ApplicationError) {
        guard let host = connection.host else { return }
        let isForeign = host.unicodeScalars.contains {
            $0.properties.isWhitespace || $0.value < 0x20 || $0.value == 0x7F
                || "/\\?#@[]<>\"".unicodeScalars.contains($0)
        }
        // An IPv6 address has at least two colons.
        guard isForeign || host.unicodeScalars.filter({ $0 == ":" }).count == 1 else { return }
        throw problem(
            "BAD_HOST", "host",
            "Connection host is '\(host)'; expected a name or an address alone, or 'uri' for protocol://host:port")
    }

    /// Parses the URI of a connection.
    /// - Throws: Misconfiguration `BAD_URI` if its parts are ambiguous.
    func parse(_ uri: String) throws(ApplicationError) -> ConnectionURI {
        let parts = ConnectionURI(uri)
        if let ambiguity = parts.ambiguity {
            throw problem(
                "BAD_URI", "uri",
                "The URI of a connection is not clear: \(ambiguity); expected protocol://user:password@host:port/path")
        }
        return parts
    }

    private func problem(_ code: String, _ part: String, _ message: String) -> ApplicationError {
        let shown = "\(connection)"
        return .config(
            code: code, key: "connection.\(part)",
            message + (shown.isEmpty ? "" : " (\(shown))"), traceId: context.traceId)
    }
}
