#if PIP_GRPC
/// Runs around the calls of an endpoint or a controller, such as to time or refuse them (the action of the toolkit's
/// `registerInterceptor`).
///
/// ```swift
/// GRPCInterceptor("^/dummies\\.") { context, request, next in
///     guard request.headers["x-tenant"] != nil else { throw ApplicationError.badRequest(code: "NO_TENANT", "Who?") }
///     try await next(context, request)
/// }
/// ```
/// A request has the path `/<service>/<method>`, the metadata of the call as header fields, the user, and the address of the
/// client. Its body is the message as JSON, if there is exactly one. What an interceptor throws ends the call, as what a
/// method throws.
public struct GRPCInterceptor: Sendable {
    /// Goes on with a call: to the next interceptor, at the end to the method. Returns when the call has ended.
    public typealias Next = @Sendable (Context, RestRequest) async throws -> Void
    /// What is done with a call.
    public typealias Action = @Sendable (Context, RestRequest, Next) async throws -> Void

    /// A regular expression that some part of the path must match; an empty one matches all.
    public var route: String
    /// What is done.
    public var action: Action

    /// Creates an interceptor for the paths that a regular expression matches, by default for all.
    public init(_ route: String = "", _ action: @escaping Action) {
        self.route = route
        self.action = action
    }

    // MARK: - Internal

    /// Tells which paths match.
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
