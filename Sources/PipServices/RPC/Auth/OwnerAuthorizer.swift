/// Admits users to their own data (the toolkit's `OwnerAuthorizer`): a request parameter, `user_id` by default, must
/// equal the user's id.
///
/// If the path has the parameter, only the path counts. Otherwise every place where a handler can read the parameter
/// counts: each occurrence in the query, the query's filter, and the fields of the JSON body. All values must equal the
/// user's id. The request is refused if the parameter is missing everywhere, or if a place cannot be evaluated:
/// - the query has `filter=` without the parameter, since ``RestQuery/filter`` then ignores the rest of the query;
/// - the body is not a JSON object, or cannot be read;
/// - the body has the parameter inside another object or an array, or with a value that is neither a string nor an
///   integer.
///
/// In the body, the parameter's name is matched ignoring case. Ids are compared by code points. A request without a
/// user gets Unauthorized `NOT_SIGNED`, status 401; one of another user gets Unauthorized `FORBIDDEN`, status 403. The
/// whole body is read, so an upload route should have the id in its path.
public enum OwnerAuthorizer {
    /// Admits the owner.
    public static func owner(_ idParameter: String = "user_id") -> RestAuthorizer {
        RestAuthorizer { context, request in
            let user = try RestAuthorizer.user(context, request)
            guard try await isOwner(user, request, idParameter) else {
                throw forbidden(context, "Only data owner can perform this operation")
            }
        }
    }

    /// Admits the owner and users with the role `admin`.
    public static func ownerOrAdmin(_ idParameter: String = "user_id") -> RestAuthorizer {
        RestAuthorizer { context, request in
            let user = try RestAuthorizer.user(context, request)
            if user.has(["admin"]) { return }
            guard try await isOwner(user, request, idParameter) else {
                throw forbidden(context, "Only data owner or admin can perform this operation")
            }
        }
    }

    // MARK: - Internal

    private static func isOwner(_ user: RestUser, _ request: RestRequest, _ name: String) async throws -> Bool {
        if let id = request.parameters[name] { return RestAuthentication.isEqual(id, user.id) }
        guard let inQuery = ids(in: request.query, name), let inBody = await ids(in: request.body, name) else {
            return false
        }
        let ids = inQuery + inBody
        return !ids.isEmpty && ids.allSatisfy { RestAuthentication.isEqual($0, user.id) }
    }

    /// The ids that a handler can read from the query; nil if one of the places cannot be evaluated.
    private static func ids(in query: RestQuery, _ name: String) -> [String]? {
        var ids = query.parameters.filter { $0.name.isSame(as: name) }.map(\.value)
        let hasFilter = query.parameters.contains { $0.name.isSame(as: "filter") }
        if hasFilter {
            guard let id = query.filter[name] else { return nil }
            ids.append(id)
        }
        return ids
    }

    /// The ids that a handler can read from the body; nil if the body cannot be evaluated.
    private static func ids(in body: RestBody, _ name: String) async -> [String]? {
        let content: AnyValue
        do {
            guard let value = try await body.json() else { return [] }
            content = value
        } catch {
            return nil
        }
        guard case .map(let fields) = content else { return nil }
        var ids: [String] = []
        for (field, value) in fields {
            if isSame(field, name) {
                guard let id = id(of: value) else { return nil }
                ids.append(id)
            } else if contains(value, name) {
                return nil
            } else if field == "filter", case .string(let text) = value {
                // A handler may parse it like the filter of a query.
                let filter = FilterParams(parsing: text)
                guard filter.keys.contains(where: { $0.isSame(as: name) }) else { continue }
                guard let id = filter[name] else { return nil }
                ids.append(id)
            }
        }
        return ids
    }

    /// True for a field that a handler can read by the name: ``ObjectReader`` ignores case.
    private static func isSame(_ field: String, _ name: String) -> Bool {
        ScalarText(folding: field) == ScalarText(folding: name)
    }

    private static func id(of value: AnyValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// True if a field of that name is anywhere inside the value. The JSON parser bounds the depth.
    private static func contains(_ value: AnyValue, _ name: String) -> Bool {
        switch value {
        case .map(let fields): fields.contains { isSame($0.key, name) || contains($0.value, name) }
        case .array(let elements): elements.contains { contains($0, name) }
        default: false
        }
    }

    private static func forbidden(_ context: Context, _ message: String) -> ApplicationError {
        .unauthorized(code: "FORBIDDEN", message, traceId: context.traceId).withStatus(403)
    }
}
