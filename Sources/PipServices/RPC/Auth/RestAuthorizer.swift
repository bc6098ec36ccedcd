/// Decides whether a request may go on to a route (the `authorize` of the toolkit's `registerRouteWithAuth`).
///
/// ```swift
/// RestRoute(.get, "/users/:user_id") { context, request in ... }.authorized(by: OwnerAuthorizer.ownerOrAdmin())
/// ```
/// It is asked before the request is checked by the route's schema.
public struct RestAuthorizer: Sendable {
    private let check: @Sendable (Context, RestRequest) async throws -> Void
    /// What a request must have, as far as that is known.
    let requirement: Requirement

    /// Creates an authorizer, whose closure throws when the request may not go on.
    public init(_ check: @escaping @Sendable (Context, RestRequest) async throws -> Void) {
        self.init(.permission, check)
    }

    /// Returns when the request may go on, and throws why it may not, such as Unauthorized `NOT_SIGNED`.
    public func authorize(_ context: Context, _ request: RestRequest) async throws {
        try await check(context, request)
    }

    // MARK: - Internal

    /// What a request must have to be admitted.
    enum Requirement: Int, Sendable, Comparable {
        /// Nothing: everybody is admitted.
        case nothing
        /// A user: others get 401.
        case user
        /// A user with a permission: others get 401 or 403.
        case permission

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    init(_ requirement: Requirement, _ check: @escaping @Sendable (Context, RestRequest) async throws -> Void) {
        self.requirement = requirement
        self.check = check
    }

    static func user(_ context: Context, _ request: RestRequest) throws(ApplicationError) -> RestUser {
        if let user = request.user { return user }
        throw .unauthorized(
            code: "NOT_SIGNED", "User must be signed in to perform this operation", traceId: context.traceId)
    }
}

extension RestRoute {
    /// The same route, which only requests reach that the authorizer lets through (the toolkit's
    /// `registerRouteWithAuth`). Of several, all must let a request through.
    public func authorized(by authorizer: RestAuthorizer) -> RestRoute {
        var route = self
        let first = route.authorizer
        route.authorizer =
            first.map { first in
                RestAuthorizer(max(first.requirement, authorizer.requirement)) { context, request in
                    try await first.authorize(context, request)
                    try await authorizer.authorize(context, request)
                }
            } ?? authorizer
        return route
    }
}
