/// A component that looks up its references by hand (the toolkit's `IReferenceable`), in addition to slots or instead
/// of them.
public protocol Referenceable: Sendable {
    /// Receives the service's components, before any of them opens.
    func setReferences(_ references: References) async throws
}
