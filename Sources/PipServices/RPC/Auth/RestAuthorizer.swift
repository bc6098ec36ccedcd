/// Decides whether a request may reach a route (the `authorize` of the toolkit's `registerRouteWithAuth`).
///
/// ```swift
/// RestRoute(.get, "/users/:user_id") { context, request in ... }.authorized(by: OwnerAuthorizer.ownerOrAdmin())
/// ```
/// It runs before the request is validated by the route's schema.
public struct RestAuthorizer: Sendable {
    private let check: @Sendable (Context, RestRequest) async throws -> Void
    /// The requirement for requests, if known.
    let requirement: Requirement

    /// Creates an authorizer. The closure throws to refuse a request.
    public init(_ check: @escaping @Sendable (Context, RestRequest) async throws -> Void) {
        self.init(.permission, check)
    }

    /// Returns if the request is admitted; otherwise throws the reason, such as Unauthorized `NOT_SIGNED`.
    public func authorize(_ context: Context, _ request: RestRequest) async throws {
        try await check(context, request)
    }

    // MARK: - Internal

    /// The requirement for admission.
    enum Requirement: Int, Sendable, Comparable {
        /// Everyone is admitted.
        case nothing
        /// An authenticated user: others get 401.
        case user
        /// An authenticated user with a permission: others get 401 or 403.
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
    /// Returns the route restricted to requests that the authorizer admits (the toolkit's `registerRouteWithAuth`). Of
    /// several authorizers, all must admit the request.
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
