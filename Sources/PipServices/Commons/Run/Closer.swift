/// Closes what is ``Closable`` among components (the toolkit's `Closer`), where no container does it.
public enum Closer {
    /// Closes one component. One that is not ``Closable`` is passed over.
    /// - Throws: what the component throws.
    public static func closeOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Closable)?.close(context)
    }

    /// Closes components one after the other, the last one first: in the reverse of the order in which ``Opener``
    /// opens them.
    /// - Throws: the first error that a component throws, after all others were closed too.
    public static func close(_ context: Context, _ components: [any Sendable]) async throws {
        var failure: (any Error)?
        for component in components.reversed() {
            do {
                try await closeOne(context, component)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
