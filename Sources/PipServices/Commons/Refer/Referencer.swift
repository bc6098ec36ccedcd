/// Hands references to what wants them among components (the toolkit's `Referencer`), where no container does it.
///
/// It serves components that are wired by hand, by ``Referenceable``. Slots are linked by a container, and in tests by
/// `assemble`.
public enum Referencer {
    /// Hands references to one component. One that is not ``Referenceable`` is passed over.
    /// - Throws: what the component throws.
    public static func setReferencesForOne(_ references: References, _ component: any Sendable) async throws {
        try await (component as? any Referenceable)?.setReferences(references)
    }

    /// Hands references to components one after the other, in order; by default to all that the references hold.
    /// - Throws: what a component throws; those after it get none.
    public static func setReferences(_ references: References, _ components: [any Sendable]? = nil) async throws {
        for component in components ?? references.all { try await setReferencesForOne(references, component) }
    }

    /// Takes the references away from one component. One that is not ``Unreferenceable`` is passed over.
    public static func unsetReferencesForOne(_ component: any Sendable) async {
        await (component as? any Unreferenceable)?.unsetReferences()
    }

    /// Takes the references away from components one after the other, in order.
    public static func unsetReferences(_ components: [any Sendable]) async {
        for component in components { await unsetReferencesForOne(component) }
    }
}
