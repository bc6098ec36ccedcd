/// Clears what is ``Cleanable`` among components (the toolkit's `Cleaner`).
public enum Cleaner {
    /// Clears one component. One that is not ``Cleanable`` is passed over.
    /// - Throws: what the component throws.
    public static func clearOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Cleanable)?.clear(context)
    }

    /// Clears components one after the other, in order.
    /// - Throws: what a component throws; those after it are not cleared.
    public static func clear(_ context: Context, _ components: [any Sendable]) async throws {
        for component in components { try await clearOne(context, component) }
    }
}
