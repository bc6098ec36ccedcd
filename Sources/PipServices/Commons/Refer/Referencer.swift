/// Passes references to components outside a container (the toolkit's `Referencer`).
///
/// It serves ``Referenceable`` components. A container links slots, and so does `assemble` in tests.
public enum Referencer {
    /// Passes references to one component. Does nothing unless it is ``Referenceable``.
    /// - Throws: the error of the component.
    public static func setReferencesForOne(_ references: References, _ component: any Sendable) async throws {
        try await (component as? any Referenceable)?.setReferences(references)
    }

    /// Passes references to components in order; by default to all components in the references.
    /// - Throws: the first error of a component; the components after it receive no references.
    public static func setReferences(_ references: References, _ components: [any Sendable]? = nil) async throws {
        for component in components ?? references.all { try await setReferencesForOne(references, component) }
    }

    /// Clears the references of one component. Does nothing unless it is ``Unreferenceable``.
    public static func unsetReferencesForOne(_ component: any Sendable) async {
        await (component as? any Unreferenceable)?.unsetReferences()
    }

    /// Clears the references of components in order.
    public static func unsetReferences(_ components: [any Sendable]) async {
        for component in components { await unsetReferencesForOne(component) }
    }
}
