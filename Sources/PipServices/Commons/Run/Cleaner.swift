/// Clears ``Cleanable`` components (the toolkit's `Cleaner`).
public enum Cleaner {
    /// Clears one component. Does nothing unless it is ``Cleanable``.
    /// - Throws: the error of the component.
    public static func clearOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Cleanable)?.clear(context)
    }

    /// Clears components in order.
    /// - Throws: the first error of a component; the components after it are not cleared.
    public static func clear(_ context: Context, _ components: [any Sendable]) async throws {
        for component in components { try await clearOne(context, component) }
    }
}
