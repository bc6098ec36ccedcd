/// Opens ``Openable`` components outside a container (the toolkit's `Opener`).
public enum Opener {
    /// Returns true if a component is open or not ``Openable``.
    public static func isOpenOne(_ component: any Sendable) async -> Bool {
        await (component as? any Openable)?.isOpen ?? true
    }

    /// Returns true if every ``Openable`` component is open.
    public static func isOpen(_ components: [any Sendable]) async -> Bool {
        for component in components where await !isOpenOne(component) { return false }
        return true
    }

    /// Opens one component. Does nothing unless it is ``Openable``.
    /// - Throws: the error of the component.
    public static func openOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Openable)?.open(context)
    }

    /// Opens components in order.
    /// - Throws: the first error of a component. Those before it stay open and must be closed by the caller; those
    ///   after it are not opened.
    public static func open(_ context: Context, _ components: [any Sendable]) async throws {
        for component in components { try await openOne(context, component) }
    }
}
