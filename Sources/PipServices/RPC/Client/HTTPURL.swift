/// The parts of a request's URL that a connector looks at.
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
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw bad("has characters that must be percent-encoded")
        }
        guard let mark = url.firstRange(of: "://") else { throw bad("has no protocol; expected http://host:port/path") }
        scheme = url[..<mark.lowerBound].lowercased()
        let rest = url[mark.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest[authority.endIndex...].prefix { $0 != "#" }
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
        guard let server = ConnectionURI("\(scheme)://\(authority)").servers.first else { throw bad("has no host") }
        host = server.host.lowercased()
        port = server.port.flatMap { Int($0) }
        guard !host.isEmpty || scheme == InProcessHTTPConnector.localProtocol else { throw bad("has no host") }
        if let text = server.port, port.map({ (1...65535).contains($0) }) != true {
            throw bad("has the port '\(text)'; expected one from 1 to 65535")
        }
    }

    /// True for the names by which a machine calls itself.
    var isOfThisMachine: Bool { ["localhost", "127.0.0.1", "::1", "0.0.0.0", "::"].contains(host) }

    /// Refuses what would end a line of the request, and begin another one.
    /// - Throws: BadRequest `BAD_HEADER`, `BAD_METHOD`.
    static func check(_ context: Context, _ request: HTTPClientRequest) throws(ApplicationError) {
        guard isToken(request.method.rawValue) else {
            throw .badRequest(code: "BAD_METHOD", "The method is no name", traceId: context.traceId)
        }
        for (name, value) in request.headers {
            let isText = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            guard isToken(name), isText else {
                throw .badRequest(
                    code: "BAD_HEADER", "The header field '\(name.prefix(50))' has characters that can't be sent",
                    traceId: context.traceId)
            }
        }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !separators.contains($0) }
    }

    private static let separators = Set("()<>@,;:\\\"/[]?={}".utf8)
}
