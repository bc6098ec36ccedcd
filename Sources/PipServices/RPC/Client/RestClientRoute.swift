/// How a ``RestClient`` calls a command by a REST route.
///
/// ```swift
/// RestClientRoute("get_beacon_by_id", .get, "/beacons/:beacon_id")
/// RestClientRoute("get_beacons", .get, "/beacons")                       // filter, paging and sort go to the query
/// RestClientRoute("create_beacon", .post, "/beacons", body: "beacon")    // the argument `beacon` is the body
/// ```
/// Arguments that the path names go there, percent-encoded. Of the others, `filter`, `paging` and `sort` are written as
/// services read them from a query. The rest is the query of a GET, HEAD or DELETE, and for other methods the body, as
/// a JSON object, unless an argument is named that is the body as a whole.
public struct RestClientRoute: Sendable {
    /// The command's name.
    public var command: String
    /// The method.
    public var method: HTTPMethod
    /// The path under the client's base route, in which a part that starts with a colon stands for an argument.
    public var path: String
    /// The argument that is the body; nil for all that are left.
    public var body: String?

    /// Creates a route.
    public init(_ command: String, _ method: HTTPMethod, _ path: String, body: String? = nil) {
        self.command = command
        self.method = method
        self.path = path
        self.body = body
    }

    // MARK: - Internal

    /// A call as it is sent.
    struct Call {
        var path: String
        var query = RestQueryParams()
        var body: AnyValue?
    }

    /// - Throws: BadRequest `NO_PARAMETER` when an argument of the path is missing.
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
