/// Tells users that are signed in from those that are not (the toolkit's `BasicAuthorizer`).
public enum BasicAuthorizer {
    /// Lets everybody through.
    public static func anybody() -> RestAuthorizer { RestAuthorizer(.nothing) { _, _ in } }

    /// Lets users through that are signed in; others get Unauthorized `NOT_SIGNED`, status 401.
    public static func signed() -> RestAuthorizer {
        RestAuthorizer(.user) { context, request in _ = try RestAuthorizer.user(context, request) }
    }
}
