/// Runs around the requests of an endpoint or a controller, such as to time, refuse or answer them (the action of the
/// toolkit's `registerInterceptor`).
///
/// ```swift
/// RestInterceptor("^/v1/") { context, request, next in
///     var response = try await next(context, request)
///     response.headers.append(("X-Served-By", "beacons"))
///     return response
/// }
/// ```
/// What it throws becomes an error response, as what a route throws.
public struct RestInterceptor: Sendable {
    /// Goes on with a request: to the next interceptor, at the end to the route.
    public typealias Next = @Sendable (Context, RestRequest) async throws -> RestResponse
    /// What is done with a request.
    public typealias Action = @Sendable (Context, RestRequest, Next) async throws -> RestResponse

    /// A regular expression that some part of the path must match; an empty one matches all. The path is the decoded one
    /// that routes and handlers see, without empty segments.
    public var route: String
    /// What is done.
    public var action: Action

    /// Creates an interceptor for the paths that a regular expression matches, by default for all.
    public init(_ route: String = "", _ action: @escaping Action) {
        self.route = route
        self.action = action
    }
}

// MARK: - Internal

/// An interceptor that an endpoint runs.
struct HostedInterceptor: Sendable {
    let owner: ObjectIdentifier
    /// The segments of the base route, nil for a parameter. Only paths below it are meant, and the pattern is about what
    /// follows.
    private let base: [String?]
    let pattern: TextPattern?
    let action: RestInterceptor.Action

    /// - Throws: BadRequest `BAD_PATTERN` when the route is no regular expression.
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
                code: "BAD_PATTERN", "The interceptor's route '\(interceptor.route)' is no regular expression",
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
        // A handler sees the slash inside a segment decoded: a pattern may be about either form.
        let decoded = rest.replacing(text: "%2F", with: "/")
        return decoded.utf8.count != rest.utf8.count && pattern.isFound(in: decoded)
    }
}
