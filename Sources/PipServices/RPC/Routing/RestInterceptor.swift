/// Wraps the requests of an endpoint or a controller, for example to time, refuse or answer them (the action of the
/// toolkit's `registerInterceptor`). Also known as middleware.
///
/// ```swift
/// RestInterceptor("^/v1/") { context, request, next in
///     var response = try await next(context, request)
///     response.headers.append(("X-Served-By", "beacons"))
///     return response
/// }
/// ```
/// Errors that it throws become error responses, like those of a route.
public struct RestInterceptor: Sendable {
    /// Passes a request on to the next interceptor or, finally, to the route.
    public typealias Next = @Sendable (Context, RestRequest) async throws -> RestResponse
    /// Processes a request.
    public typealias Action = @Sendable (Context, RestRequest, Next) async throws -> RestResponse

    /// A regular expression that part of the path must match; an empty one matches all paths. The path is decoded and
    /// has no empty segments.
    public var route: String
    /// The action.
    public var action: Action

    /// Creates an interceptor for the paths that match a regular expression; all by default.
    public init(_ route: String = "", _ action: @escaping Action) {
        self.route = route
        self.action = action
    }
}

// MARK: - Internal

/// An interceptor registered with an endpoint.
struct HostedInterceptor: Sendable {
    let owner: ObjectIdentifier
    /// The segments of the base route; nil for a parameter. The pattern applies to the rest of paths below it.
    private let base: [String?]
    let pattern: TextPattern?
    let action: RestInterceptor.Action

    /// - Throws: BadRequest `BAD_PATTERN` if the route is not a regular expression.
    init(_ interceptor: RestInterceptor, under baseRoute: String, owner: ObjectIdentifier) throws(ApplicationError) {
        self.owner = owner
        base = baseRoute.parts(separatedBy: "/", omittingEmpty: true).map { segment in
            segment.begins(with: ":") ? nil : String(RestPath.normalized("/\(segment)").utf8.dropFirst())
        }
        action = interceptor.action
        guard !interceptor.route.isEmpty else {
            pattern = nil
            return
        }
        guard let pattern = TextPattern(interceptor.route) else {
            throw .badRequest(
                code: "BAD_PATTERN", "The interceptor's route '\(interceptor.route)' is not a regular expression",
                details: ["route": .string(interceptor.route)])
        }
        self.pattern = pattern
    }

    /// - Parameter path: the normalized path, see ``RestPath``.
    func matches(_ path: String) -> Bool {
        var rest = path[...]
        for segment in base {
            guard let below = rest.dropping(prefix: "/") else { return false }
            let part = below.prefix(upTo: "/")
            guard !part.isEmpty, segment.map({ part.isSame(as: $0) }) ?? true else { return false }
            rest = below[part.endIndex...]
        }
        guard let pattern else { return true }
        if pattern.isFound(in: String(rest)) { return true }
        // Handlers see an escaped slash in a segment decoded: match the pattern against both forms.
        let decoded = rest.replacing(text: "%2F", with: "/")
        return decoded.utf8.count != rest.utf8.count && pattern.isFound(in: decoded)
    }
}
