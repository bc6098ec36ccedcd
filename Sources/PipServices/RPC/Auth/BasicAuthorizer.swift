/// Authorizers that check only whether a user is authenticated (the toolkit's `BasicAuthorizer`).
public enum BasicAuthorizer {
    /// Admits everyone.
    public static func anybody() -> RestAuthorizer { RestAuthorizer(.nothing) { _, _ in } }

    /// Admits authenticated users; others get Unauthorized `NOT_SIGNED`, status 401.
    public static func signed() -> RestAuthorizer {
        RestAuthorizer(.user) { context, request in _ = try RestAuthorizer.user(context, request) }
    }
}
