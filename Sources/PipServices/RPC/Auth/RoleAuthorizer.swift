/// Admits users by their roles (the toolkit's `RoleAuthorizer`).
///
/// A request without a user gets Unauthorized `NOT_SIGNED`, status 401; a user with none of the roles gets Unauthorized
/// `NOT_IN_ROLE`, status 403, with the roles in the details. Role names are case-sensitive.
public enum RoleAuthorizer {
    /// Admits users that have at least one of the roles.
    public static func userInRoles(_ roles: [String]) -> RestAuthorizer {
        RestAuthorizer { context, request in
            let user = try RestAuthorizer.user(context, request)
            guard user.has(roles) else {
                throw ApplicationError.unauthorized(
                    code: "NOT_IN_ROLE",
                    "User must be \(roles.joined(separator: " or ")) to perform this operation",
                    traceId: context.traceId, details: ["roles": .array(roles.map { .string($0) })]
                ).withStatus(403)
            }
        }
    }

    /// Admits users that have the role.
    public static func userInRole(_ role: String) -> RestAuthorizer { userInRoles([role]) }

    /// Admits users that have the role `admin`.
    public static func admin() -> RestAuthorizer { userInRole("admin") }
}
