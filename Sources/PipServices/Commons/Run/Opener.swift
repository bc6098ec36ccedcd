/// Opens what is ``Openable`` among components (the toolkit's `Opener`), where no container does it.
public enum Opener {
    /// True when a component is open, or is not ``Openable``.
    public static func isOpenOne(_ component: any Sendable) async -> Bool {
        await (component as? any Openable)?.isOpen ?? true
    }

    /// True when all components are open, those that are not ``Openable`` aside.
    public static func isOpen(_ components: [any Sendable]) async -> Bool {
        for component in components where await !isOpenOne(component) { return false }
        return true
    }

    /// Opens one component. One that is not ``Openable`` is passed over.
    /// - Throws: what the component throws.
    public static func openOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Openable)?.open(context)
    }

    /// Opens components one after the other, in order.
    /// - Throws: what a component throws. Those before it stay open, for the caller to close; those after it are not
    ///   opened.
    public static func open(_ context: Context, _ components: [any Sendable]) async throws {
        for component in components { try await openOne(context, component) }
    }
}
