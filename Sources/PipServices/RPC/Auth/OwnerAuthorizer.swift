/// Lets users through to what is theirs (the toolkit's `OwnerAuthorizer`): a parameter of the request, by default
/// `user_id`, must be the user's id.
///
/// A parameter of the path decides alone. Where the path has none, those of the query and of a JSON body decide, and
/// all that are there must be the user's: else a query that names the user would open a body that names another.
///
/// Who is not signed in gets Unauthorized `NOT_SIGNED`, status 401; who is somebody else Unauthorized `FORBIDDEN`,
/// status 403.
public enum OwnerAuthorizer {
    /// Lets the owner through.
    public static func owner(_ idParameter: String = "user_id") -> RestAuthorizer {
        RestAuthorizer { context, request in
            let user = try RestAuthorizer.user(context, request)
            guard try await isOwner(user, request, idParameter) else {
                throw forbidden(context, "Only data owner can perform this operation")
            }
        }
    }

    /// Lets the owner and users of the role `admin` through.
    public static func ownerOrAdmin(_ idParameter: String = "user_id") -> RestAuthorizer {
        RestAuthorizer { context, request in
            let user = try RestAuthorizer.user(context, request)
            if user.roles.contains("admin") { return }
            guard try await isOwner(user, request, idParameter) else {
                throw forbidden(context, "Only data owner or admin can perform this operation")
            }
        }
    }

    // MARK: - Internal

    private static func isOwner(_ user: RestUser, _ request: RestRequest, _ name: String) async throws -> Bool {
        if let id = request.parameters[name] { return id == user.id }
        var ids = request.query.parameters.filter { $0.name == name }.map { AnyValue.string($0.value) }
        if case .map(let values)? = try? await request.body.json(), let id = values[name] { ids.append(id) }
        return !ids.isEmpty && ids.allSatisfy { StringConverter.toNullableString($0) == user.id }
    }

    private static func forbidden(_ context: Context, _ message: String) -> ApplicationError {
        .unauthorized(code: "FORBIDDEN", message, traceId: context.traceId).withStatus(403)
    }
}
