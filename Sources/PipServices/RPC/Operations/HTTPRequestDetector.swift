/// Detects properties of a request's client and of its connection (the toolkit's `HttpRequestDetector`).
///
/// Platform, browser and host are claimed by the client and may be false. Header fields of proxies are used only if the
/// endpoint trusts the proxy (`options.trusted_proxies`).
public struct HTTPRequestDetector: Sendable {
    private let request: RestRequest
    private let agent: String
    private let origin: ClientOrigin

    /// Creates a detector for a request.
    public init(_ request: RestRequest) {
        self.request = request
        origin = ClientOrigin(request)
        agent = (request.headers["user-agent"] ?? "").asciiLowercased
    }

    /// The platform in the user agent: `mobile`, or `iphone`, `ipad`, `macosx`, `android`, `webos`, `mac` and
    /// `windows`, each with its version if present; `unknown` for others.
    public var platform: String {
        for (mark, name, version) in Self.platforms where agent.contains(text: mark) {
            guard let version, let found = Self.number(in: agent, after: version) else { return name }
            return "\(name) \(found)"
        }
        return "unknown"
    }

    /// The browser in the user agent: `chrome`, `msie`, `firefox` or `safari`; `unknown` for others.
    public var browser: String {
        for (mark, name) in [
            ("chrome", "chrome"), ("msie", "msie"), ("trident", "msie"), ("firefox", "firefox"), ("safari", "safari"),
        ] where agent.contains(text: mark) { return name }
        return "unknown"
    }

    /// The client's address without the port, see ``RestRequest/clientAddress``.
    public var address: String? { origin.address }

    /// The requested host, without the port.
    public var serverHost: String? { host.flatMap { Self.authority($0).host } }

    /// The requested port; nil for the default port of the protocol.
    public var serverPort: Int? { host.flatMap { Self.authority($0).port } }

    /// The protocol of the connection, or the one that a trusted proxy reports.
    public var serverProtocol: String { origin.scheme ?? (request.isSecure ? "https" : "http") }

    // MARK: - Internal

    private var host: String? { origin.host ?? request.host }

    private static let platforms: [(mark: String, name: String, version: String?)] = [
        ("mobile", "mobile", nil), ("iphone", "iphone", "iphone os "), ("ipad", "ipad", "os "),
        ("mac os x", "macosx", "mac os x "), ("android", "android", "android "), ("webos", "webos", "webos/"),
        ("macintosh", "mac", nil), ("windows", "windows", "windows nt "),
    ]

    /// The version number after a word, such as `10_15.7`, with dots.
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

    /// Parses `host`, `host:port`, `[address]:port` or a bare IPv6 address.
    static func authority(_ text: String) -> (host: String?, port: Int?) {
        if text.begins(with: "["), let (host, port) = text.divided(atFirst: "]") {
            return (String(host.unicodeScalars.dropFirst()), Int(String(port.unicodeScalars.dropFirst())))
        }
        let parts = text.parts(separatedBy: ":")
        guard parts.count == 2 else { return (text.isEmpty ? nil : text, nil) }
        return (parts[0].isEmpty ? nil : String(parts[0]), Int(parts[1]))
    }
}
