/// Who sends a request, as an authenticator found out (the toolkit's `req.user` and `req.user_id`).
public struct RestUser: Sendable, Hashable {
    /// The user's id.
    public var id: String
    /// What the user may do, such as `admin`.
    public var roles: [String]
    /// What else is known: the claims of a token, the parameters of a credential that are no secrets.
    public var claims: AnyValueMap

    /// Creates a user.
    public init(id: String, roles: [String] = [], claims: AnyValueMap = [:]) {
        self.id = id
        self.roles = roles
        self.claims = claims
    }

    /// The user as ``Context/user`` has it: the claims, with `id` and `roles`.
    public var value: AnyValue {
        var values = claims
        values["id"] = .string(id)
        values["roles"] = .array(roles.map { .string($0) })
        return .map(values)
    }
}

// MARK: - Internal

extension RestUser {
    /// True if the user has at least one of the roles, compared by code points.
    func has(_ roles: [String]) -> Bool { roles.contains { role in self.roles.contains { $0.isSame(as: role) } } }
}
