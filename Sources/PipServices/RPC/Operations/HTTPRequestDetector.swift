/// What a request tells of its sender and of how it reached the service (the toolkit's `HttpRequestDetector`).
///
/// Platform, browser and host are what the client says: nothing to rely on. Header fields of proxies count only if the
/// endpoint trusts the proxy (`options.trusted_proxies`).
public struct HTTPRequestDetector: Sendable {
    private let request: RestRequest
    private let agent: String
    private let origin: ClientOrigin

    /// Reads a request.
    public init(_ request: RestRequest) {
        self.request = request
        origin = ClientOrigin(request)
        agent = (request.headers["user-agent"] ?? "").asciiLowercased
    }

    /// The platform by the user agent: `mobile`, or `iphone`, `ipad`, `macosx`, `android`, `webos`, `mac` and `windows`,
    /// each with its version where it is told; `unknown` for others.
    public var platform: String {
        for (mark, name, version) in Self.platforms where agent.contains(text: mark) {
            guard let version, let found = Self.number(in: agent, after: version) else { return name }
            return "\(name) \(found)"
        }
        return "unknown"
    }

    /// The browser by the user agent: `chrome`, `msie`, `firefox` or `safari`; `unknown` for others.
    public var browser: String {
        for (mark, name) in [
            ("chrome", "chrome"), ("msie", "msie"), ("trident", "msie"), ("firefox", "firefox"), ("safari", "safari"),
        ] where agent.contains(text: mark) { return name }
        return "unknown"
    }

    /// The client's address, without the port, as ``RestRequest/clientAddress``.
    public var address: String? { origin.address }

    /// The host that the client asked for, without the port.
    public var serverHost: String? { host.flatMap { Self.authority($0).host } }

    /// The port that the client asked for; nil for the protocol's own.
    public var serverPort: Int? { host.flatMap { Self.authority($0).port } }

    /// The protocol that the client asked by: that of the connection, or the one that a trusted proxy reports.
    public var serverProtocol: String { origin.scheme ?? (request.isSecure ? "https" : "http") }

    // MARK: - Internal

    private var host: String? { origin.host ?? request.host }

    private static let platforms: [(mark: String, name: String, version: String?)] = [
        ("mobile", "mobile", nil), ("iphone", "iphone", "iphone os "), ("ipad", "ipad", "os "),
        ("mac os x", "macosx", "mac os x "), ("android", "android", "android "), ("webos", "webos", "webos/"),
        ("macintosh", "mac", nil), ("windows", "windows", "windows nt "),
    ]

    /// A number such as `10_15.7` behind a word, with dots.
    private static func number(in text: String, after word: String) -> String? {
        let (text, word) = (Array(text.utf8), Array(word.utf8))
        guard text.count >= word.count else { return nil }
        for start in 0...(text.count - word.count) where text[start..<(start + word.count)].elementsEqual(word) {
            let digits = text[(start + word.count)...].prefix {
                (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
            guard !digits.isEmpty else { return nil }
            return String(decoding: digits.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
        }
        return nil
    }

    /// Host and port of `host`, `host:port`, `[address]:port` or an address of IPv6 alone.
    static func authority(_ text: String) -> (host: String?, port: Int?) {
        if text.begins(with: "["), let (host, port) = text.divided(atFirst: "]") {
            return (String(host.unicodeScalars.dropFirst()), Int(String(port.unicodeScalars.dropFirst())))
        }
        let parts = text.parts(separatedBy: ":")
        guard parts.count == 2 else { return (text.isEmpty ? nil : text, nil) }
        return (parts[0].isEmpty ? nil : String(parts[0]), Int(parts[1]))
    }
}
