/// The access rules of a controller or an endpoint: the settings `authorize` and `roles`.
final class AccessSettings: Component {
    /// The values of `authorize`.
    enum Mode: String, CaseIterable, SettingValue {
        /// Everyone.
        case any
        /// Every authenticated user.
        case signed
    }

    private let mode = Setting<Mode?>(
        "authorize", default: nil, rejectsEmpty: true,
        "Who may call: any, or signed for authenticated users; without it and roles, a controller has the setting of "
            + "its endpoint, and an endpoint permits all callers")
    private let roles = Setting<[String]>(
        "roles", default: [], rejectsEmpty: true, "Only users with one of these roles may call")
    private let review = ReviewSlot { owner, name, _ in
        guard let settings = owner as? AccessSettings, settings.mode() == .any, !settings.roles().isEmpty else {
            return []
        }
        return [
            ConfigProblem(
                .error, code: "BAD_VALUE",
                "\(name): 'authorize' is 'any', but 'roles' admits only some users; expected only one of them",
                component: name, key: "authorize")
        ]
    }

    init() {}

    /// True if the configuration restricts access or states `authorize`.
    var isConfigured: Bool { mode() != nil || !roles().isEmpty }

    /// The authorizer for requests; nil if everyone is admitted.
    var authorizer: RestAuthorizer? {
        let roles = roles()
        if !roles.isEmpty { return RoleAuthorizer.userInRoles(roles) }
        return mode() == .signed ? BasicAuthorizer.signed() : nil
    }
}
