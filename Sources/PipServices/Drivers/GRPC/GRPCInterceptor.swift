#if PIP_GRPC
/// Intercepts the calls of an endpoint or a controller, for example to time or reject them (the action of the toolkit's
/// `registerInterceptor`).
///
/// ```swift
/// GRPCInterceptor("^/dummies\\.") { context, request, next in
///     guard request.headers["x-tenant"] != nil else { throw ApplicationError.badRequest(code: "NO_TENANT", "Who?") }
///     try await next(context, request)
/// }
/// ```
/// A request has the path `/<service>/<method>`, the metadata of the call as header fields, the user, and the address
/// of the client. Its body is the message as JSON, if there is exactly one. An error thrown by an interceptor ends the
/// call, like an error of a method.
public struct GRPCInterceptor: Sendable {
    /// Continues with the next interceptor, or after the last one with the method. Returns when the call has ended.
    public typealias Next = @Sendable (Context, RestRequest) async throws -> Void
    /// Handles a call.
    public typealias Action = @Sendable (Context, RestRequest, Next) async throws -> Void

    /// A regular expression that a part of the path must match; an empty one matches all paths.
    public var route: String
    /// Handles a call.
    public var action: Action

    /// Creates an interceptor for the paths that a regular expression matches, by default for all.
    public init(_ route: String = "", _ action: @escaping Action) {
        self.route = route
        self.action = action
    }

    // MARK: - Internal

    /// Returns a closure that tests whether a path matches.
    /// - Throws: BadRequest `BAD_PATTERN` if the route is not a regular expression.
    func matcher() throws(ApplicationError) -> @Sendable (String) -> Bool {
        guard !route.isEmpty else { return { _ in true } }
        guard let pattern = TextPattern(route) else {
            throw .badRequest(
                code: "BAD_PATTERN", "The interceptor's route '\(route)' is not a regular expression",
                details: ["route": .string(route)])
        }
        return { pattern.isFound(in: $0) }
    }
}
#endif
