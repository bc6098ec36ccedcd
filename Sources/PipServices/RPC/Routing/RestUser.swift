/// The authenticated user of a request (the toolkit's `req.user` and `req.user_id`).
public struct RestUser: Sendable, Hashable {
    /// The user's id.
    public var id: String
    /// The user's roles, such as `admin`.
    public var roles: [String]
    /// Additional information: the claims of a token, or the parameters of a credential that are not secret.
    public var claims: AnyValueMap

    /// Creates a user.
    public init(id: String, roles: [String] = [], claims: AnyValueMap = [:]) {
        self.id = id
        self.roles = roles
        self.claims = claims
    }

    /// The user in the form of ``Context/user``: the claims, with `id` and `roles`.
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
