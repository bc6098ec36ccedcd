/// The REST route by which a ``RestClient`` calls a command.
///
/// ```swift
/// RestClientRoute("get_beacon_by_id", .get, "/beacons/:beacon_id")
/// RestClientRoute("get_beacons", .get, "/beacons")                       // filter, paging and sort go to the query
/// RestClientRoute("create_beacon", .post, "/beacons", body: "beacon")    // the argument `beacon` is the body
/// ```
/// Arguments named in the path are inserted there, percent-encoded. `filter`, `paging` and `sort` are sent in the query
/// format that services parse. The remaining arguments form the query of a GET, HEAD or DELETE. For other methods they
/// form the body, a JSON object, unless one argument is declared as the whole body.
public struct RestClientRoute: Sendable {
    /// The command's name.
    public var command: String
    /// The method.
    public var method: HTTPMethod
    /// The path below the client's base route. A segment that starts with a colon stands for an argument.
    public var path: String
    /// The argument that is the body; nil to send all remaining arguments.
    public var body: String?

    /// Creates a route.
    public init(_ command: String, _ method: HTTPMethod, _ path: String, body: String? = nil) {
        self.command = command
        self.method = method
        self.path = path
        self.body = body
    }

    // MARK: - Internal

    /// The parts of a call's request.
    struct Call {
        var path: String
        var query = RestQueryParams()
        var body: AnyValue?
    }

    /// - Throws: BadRequest `NO_PARAMETER` if an argument of the path is missing.
    func call(_ context: Context, _ arguments: AnyValueMap) throws(ApplicationError) -> Call {
        var left = arguments
        var parts: [String] = []
        for part in path.parts(separatedBy: "/", omittingEmpty: true) {
            guard part.begins(with: ":") else {
                parts.append(String(part))
                continue
            }
            let name = String(part.unicodeScalars.dropFirst())
            guard let value = left.remove(name), !value.isNull, case let text = "\(value)", !text.isEmpty else {
                throw .badRequest(
                    code: "NO_PARAMETER", "\(command) needs the argument '\(name)'", traceId: context.traceId,
                    details: ["name": .string(name)])
            }
            parts.append(PercentCoding.encode(text))
        }
        var call = Call(path: parts.joined(separator: "/"))
        if let body {
            call.body = left.remove(body) ?? .null
        } else if ![.get, .head, .delete].contains(method) {
            call.body = .map(left)
            return call
        }
        if let filter = left.remove("filter") { call.query.addFilterParams(FilterParams(filter)) }
        if let paging = left.remove("paging") { call.query.addPagingParams(PagingParams(paging)) }
        if let sort = left.remove("sort"), !sort.isNull {
            do {
                call.query.addSortParams(try sort.decode(SortParams.self))
            } catch {
                call.query.add("sort", "\(sort)")
            }
        }
        for (name, value) in left where !value.isNull { call.query.add(name, "\(value)") }
        return call
    }
}
