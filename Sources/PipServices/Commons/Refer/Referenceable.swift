/// A component that looks up its references by hand (the toolkit's `IReferenceable`), beside or instead of slots.
public protocol Referenceable: Sendable {
    /// Takes the service's components, before any is opened.
    func setReferences(_ references: References) async throws
}
