/// A component that releases its references by hand (the toolkit's `IUnreferenceable`).
public protocol Unreferenceable: Sendable {
    /// Releases the service's components, after all of them are closed.
    func unsetReferences() async
}
