/// The parts of a connection's URI: `protocol://user:password@host1:port1,host2:port2/path?name=value`.
///
/// Reading never fails: whatever the text is, it has parts.
struct ConnectionURI: Sendable, Hashable {
    struct Server: Sendable, Hashable {
        /// Without the brackets of an IPv6 address.
        let host: String
        /// As it is written; nil when there is none.
        let port: String?

        init(host: some StringProtocol, port: Substring = "") {
            self.host = String(host)
            self.port = port.isEmpty ? nil : String(port)
        }
    }

    var `protocol`: String?
    var username: String?
    var password: String?
    var servers: [Server] = []
    var path: String?
    /// Names and values, decoded; a name may stand without a value.
    var query: [(name: String, value: String?)] = []

    init(_ text: String) {
        var rest = text.trimmed[...]
        if let mark = Self.endOfProtocol(rest) {
            self.protocol = String(rest[..<mark.lowerBound])
            rest = rest[mark.upperBound...]
        }
        if let mark = Self.startOfQuery(rest), mark > rest.startIndex || self.protocol != nil {
            query = Self.query(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let at = Self.endOfUser(rest), at > rest.startIndex {
            readUser(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if let slash = rest.firstIndex(of: "/"), slash > rest.startIndex {
            path = String(rest[rest.index(after: slash)...])
            rest = rest[..<slash]
        }
        servers = rest.split(separator: ",", omittingEmptySubsequences: false).map(Self.server)
    }

    /// The `://` behind a protocol. What stands before it is one only when it looks so: it may be a user with a password.
    static func endOfProtocol(_ text: Substring) -> Range<Substring.Index>? {
        guard let mark = text.firstRange(of: "://"), mark.lowerBound > text.startIndex else { return nil }
        let isName = text[..<mark.lowerBound].utf8.allSatisfy { byte in
            switch Character(Unicode.Scalar(byte)) {
            case "a"..."z", "A"..."Z", "0"..."9", "+", "-", ".", "_": true
            default: false
            }
        }
        return isName ? mark : nil
    }

    /// A host as it stands in a URI: an IPv6 address in brackets.
    static func bracketed(_ host: some StringProtocol) -> String {
        host.firstIndex(of: ":") != host.lastIndex(of: ":") && !host.hasPrefix("[") ? "[\(host)]" : String(host)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.protocol == right.protocol && left.username == right.username && left.password == right.password
            && left.servers == right.servers && left.path == right.path
            && left.query.elementsEqual(right.query) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(servers) }

    // MARK: - Parts

    /// A user ends at the last `@` before the path. Where there is none, one behind a slash counts: passwords are
    /// written with slashes in them, and must not end up as the name of a host.
    private static func endOfUser(_ text: Substring) -> Substring.Index? {
        text.prefix { $0 != "/" }.lastIndex(of: "@") ?? text.lastIndex(of: "@")
    }

    /// The first question mark that does not belong to a password: one does when what precedes it is no host with a port,
    /// and an `@` follows.
    private static func startOfQuery(_ text: Substring) -> Substring.Index? {
        guard let mark = text.firstIndex(of: "?") else { return nil }
        let server = text[..<mark].prefix { $0 != "/" }
        guard !server.contains("@"), let colon = server.lastIndex(of: ":"), server.last != "]",
            let at = text[mark...].firstIndex(of: "@")
        else { return mark }
        let port = server[server.index(after: colon)...]
        let isServer = colon > server.startIndex && port.allSatisfy { ("0"..."9").contains($0) }
        return isServer ? mark : text[at...].firstIndex(of: "?")
    }

    private mutating func readUser(_ text: Substring) {
        guard let colon = text.firstIndex(of: ":") else {
            username = PercentCoding.decode(text)
            return
        }
        // There may be a password alone.
        if colon > text.startIndex { username = PercentCoding.decode(text[..<colon]) }
        password = PercentCoding.decode(text[text.index(after: colon)...])
    }

    private static func server(_ text: Substring) -> Server {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let port = text[text.index(after: end)...]
            return Server(
                host: text[text.index(after: text.startIndex)..<end], port: port.hasPrefix(":") ? port.dropFirst() : "")
        }
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { return Server(host: text) }
        return Server(host: text[..<colon], port: text[text.index(after: colon)...])
    }

    private static func query(_ text: Substring) -> [(name: String, value: String?)] {
        text.split(separator: "&", omittingEmptySubsequences: false).map { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentCoding.decode(sides.first ?? ""), sides.count > 1 ? PercentCoding.decode(sides[1]) : nil
            )
        }
    }
}
