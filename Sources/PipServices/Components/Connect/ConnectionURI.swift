/// The parts of a connection's URI: `protocol://user:password@host1:port1,host2:port2/path?name=value`.
///
/// Parsing never fails: every string has parts.
struct ConnectionURI: Sendable, Hashable {
    struct Server: Sendable, Hashable {
        /// The host, without the brackets of an IPv6 address.
        let host: String
        /// The unparsed port; nil if there is none.
        let port: String?

        init(host: some StringProtocol, port: Substring = "") {
            self.host = String(host)
            self.port = port.isEmpty ? nil : String(port)
        }

        static func == (left: Self, right: Self) -> Bool {
            left.host.isSame(as: right.host) && left.port.isSame(as: right.port)
        }
    }

    var `protocol`: String?
    var username: String?
    var password: String?
    var servers: [Server] = []
    var path: String?
    /// The decoded names and values. A name may have no value.
    var query: [(name: String, value: String?)] = []
    /// The reason that the parts may differ from the author's intention; nil if they are unambiguous. An ambiguous URI
    /// must not be used: a part of a password may be taken for a host.
    private(set) var ambiguity: String?
    /// False if the host, the port or the path may contain a part of a password.
    var canBeShown: Bool {
        ambiguity == nil && path?.contains(scalar: "@") != true
            && servers.allSatisfy { $0.port.map(Self.isNumber) ?? true }
    }

    init(_ text: String) {
        var rest = text.trimmed[...]
        if let (name, others) = Self.divided(protocol: rest) {
            self.protocol = String(name)
            rest = others
        }
        ambiguity = Self.ambiguity(rest)
        if let (others, query) = Self.divided(query: rest), !others.isEmpty || self.protocol != nil {
            self.query = Self.query(query)
            rest = others
        }
        if let (user, others) = Self.divided(user: rest), !user.isEmpty {
            readUser(user)
            rest = others
        }
        if let (authority, path) = rest.divided(atFirst: "/"), !authority.isEmpty {
            self.path = String(path)
            rest = authority
        }
        servers = rest.parts(separatedBy: ",").map(Self.server)
        if ambiguity == nil, !servers.allSatisfy({ Self.isHost($0.host) }) {
            ambiguity = "a host name contains an invalid character"
        }
    }

    /// Splits the string at `://`. The part before it counts as a protocol only if it has the form of one, because it
    /// may be a user with a password.
    static func divided(protocol text: Substring) -> (name: Substring, rest: Substring)? {
        let name = text.prefix(upTo: ":")
        let rest = Substring(text.unicodeScalars[name.endIndex...])
        guard !name.isEmpty, rest.begins(with: "://") else { return nil }
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isName ? (name, Substring(rest.unicodeScalars.dropFirst(3))) : nil
    }

    /// Returns a host in the format of a URI: an IPv6 address in brackets.
    static func bracketed(_ host: some StringProtocol) -> String {
        let isAddress = host.utf8.count { $0 == UInt8(ascii: ":") } > 1 && host.utf8.first != UInt8(ascii: "[")
        return isAddress ? "[\(host)]" : String(host)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.protocol.isSame(as: right.protocol) && left.username.isSame(as: right.username)
            && left.password.isSame(as: right.password) && left.servers == right.servers
            && left.path.isSame(as: right.path)
            && left.query.elementsEqual(right.query) { $0.name.isSame(as: $1.name) && $0.value.isSame(as: $1.value) }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(servers) }

    // MARK: - Parts

    /// - Parameter text: the URI without its protocol.
    private static func ambiguity(_ text: Substring) -> String? {
        let authority = text.prefix(upTo: "/", "?", "#")
        let behind = Substring(text.unicodeScalars[authority.endIndex...])
        let query = Substring(behind.unicodeScalars.drop { $0 != "?" && $0 != "#" })
        if query.contains(scalar: "@") || !authority.contains(scalar: "@") && behind.contains(scalar: "@") {
            return "it has an '@' after a '/', '?' or '#'; percent-encode these characters in user, password and query"
        }
        return nil
    }

    private static func isNumber(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Returns true for a name, an address, or the path of a socket.
    private static func isHost(_ text: String) -> Bool {
        text.begins(with: "/")
            || text.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic && !scalar.properties.isDiacritic
                    || scalar.properties.numericType != nil || "-._~%:".unicodeScalars.contains(scalar)
            }
    }

    /// Splits off the user, which ends at the last `@` before the path. If there is none, an `@` after a slash counts
    /// too: passwords may contain slashes and must not be taken for a host.
    private static func divided(user text: Substring) -> (user: Substring, rest: Substring)? {
        if let (user, _) = text.prefix(upTo: "/").divided(atLast: "@") {
            return (user, Substring(text.unicodeScalars[user.endIndex...].dropFirst()))
        }
        return text.divided(atLast: "@").map { ($0.before, $0.after) }
    }

    /// Splits at the first question mark outside a password. It is part of a password if the string before it is not a
    /// host with a port, and an `@` follows.
    private static func divided(query text: Substring) -> (rest: Substring, query: Substring)? {
        guard let (before, after) = text.divided(atFirst: "?") else { return nil }
        let server = before.prefix(upTo: "/")
        guard !server.contains(scalar: "@"), server.unicodeScalars.last != "]",
            let (host, port) = server.divided(atLast: ":"), let (password, _) = after.divided(atFirst: "@")
        else { return (before, after) }
        if !host.isEmpty, port.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) }) { return (before, after) }
        let rest = Substring(text.unicodeScalars[password.endIndex...])
        return rest.divided(atFirst: "?").map { (Substring(text.unicodeScalars[..<$0.before.endIndex]), $0.after) }
    }

    private mutating func readUser(_ text: Substring) {
        guard let (name, secret) = text.divided(atFirst: ":") else {
            username = PercentCoding.decode(text)
            return
        }
        // There may be a password without a user.
        if !name.isEmpty { username = PercentCoding.decode(name) }
        password = PercentCoding.decode(secret)
    }

    private static func server(_ text: Substring) -> Server {
        if text.begins(with: "["), let (host, port) = text.divided(atFirst: "]") {
            return Server(
                host: Substring(host.unicodeScalars.dropFirst()),
                port: port.begins(with: ":") ? Substring(port.unicodeScalars.dropFirst()) : "")
        }
        guard let (host, port) = text.divided(atFirst: ":"), !host.isEmpty else { return Server(host: text) }
        return Server(host: host, port: port)
    }

    private static func query(_ text: Substring) -> [(name: String, value: String?)] {
        text.parts(separatedBy: "&").map { part in
            guard let (name, value) = part.divided(atFirst: "=") else { return (PercentCoding.decode(part), nil) }
            return (PercentCoding.decode(name), PercentCoding.decode(value))
        }
    }
}
