/// Closes ``Closable`` components outside a container (the toolkit's `Closer`).
public enum Closer {
    /// Closes one component. Does nothing unless it is ``Closable``.
    /// - Throws: the error of the component.
    public static func closeOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Closable)?.close(context)
    }

    /// Closes components, last one first: the reverse of the order in which ``Opener`` opens them.
    /// - Throws: the first error of a component, after all others are closed.
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
