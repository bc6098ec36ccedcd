/// The parts of a request's URL that a connector needs.
struct HTTPURL: Sendable {
    let scheme: String
    let host: String
    let port: Int?
    /// Path and query.
    let target: String

    /// - Throws: BadRequest `BAD_URL`.
    init(_ context: Context, _ request: HTTPClientRequest) throws(ApplicationError) {
        let url = request.url
        func bad(_ what: String) -> ApplicationError {
            .badRequest(
                code: "BAD_URL", "The URL \(HTTPFailure.place(of: url)) \(what)", traceId: context.traceId)
        }
        guard Self.isPrintable(url) else {
            throw bad("has characters that must be percent-encoded")
        }
        guard let mark = url.utf8.firstRange(of: "://".utf8) else {
            throw bad("has no protocol; expected http://host:port/path")
        }
        scheme = url[..<mark.lowerBound].asciiLowercased
        let rest = url[mark.upperBound...]
        let authority = rest.prefix(upTo: "/", "?", "#")
        let path = rest[authority.endIndex...].prefix(upTo: "#")
        target = path.begins(with: "/") ? String(path) : "/\(path)"
        guard let server = ConnectionURI("\(scheme)://\(authority)").servers.first else { throw bad("has no host") }
        host = server.host.asciiLowercased
        port = server.port.flatMap { Int($0) }
        guard !host.isEmpty || scheme == InProcessHTTPConnector.localProtocol else { throw bad("has no host") }
        if let text = server.port, port.map({ (1...65535).contains($0) }) != true {
            throw bad("has the port '\(text)'; expected one from 1 to 65535")
        }
    }

    /// True for a URL that can be passed to libcurl, which parses the rest itself.
    static func isForNetwork(_ url: String) -> Bool {
        for start in ["http://", "https://"] where url.begins(with: start) {
            // libcurl would ignore another slash.
            let first = url.utf8.dropFirst(start.utf8.count).first
            return first != nil && first != UInt8(ascii: "/") && isPrintable(url)
        }
        return false
    }

    private static func isPrintable(_ url: String) -> Bool {
        HeaderFields.allBytes(of: url) { (0x21...0x7E).contains($0) }
    }

    /// True for host names and addresses of the local machine.
    var isOfThisMachine: Bool { ["localhost", "127.0.0.1", "::1", "0.0.0.0", "::"].contains(host) }

    /// Rejects characters that would end a header line and start another one.
    /// - Throws: BadRequest `BAD_HEADER`, `BAD_METHOD`.
    static func check(_ context: Context, _ request: HTTPClientRequest) throws(ApplicationError) {
        guard HeaderFields.isToken(request.method.rawValue) else {
            throw .badRequest(code: "BAD_METHOD", "The method is not a valid name", traceId: context.traceId)
        }
        for (name, value) in request.headers {
            let isText = HeaderFields.allBytes(of: value) { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            guard HeaderFields.isToken(name), isText else {
                throw .badRequest(
                    code: "BAD_HEADER", "The header field '\(name.prefix(50))' has characters that can't be sent",
                    traceId: context.traceId)
            }
        }
    }
}
