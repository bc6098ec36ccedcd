/// A component that lets go of its references by hand (the toolkit's `IUnreferenceable`).
public protocol Unreferenceable: Sendable {
    /// Lets go of the service's components, after all were closed.
    func unsetReferences() async
}
