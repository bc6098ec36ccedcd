/// A component that must be opened before it is used (the toolkit's `IOpenable`).
///
/// The container opens a component after its dependencies and its child components.
public protocol Openable: Closable {
    /// True while the component is open. The default is always true.
    var isOpen: Bool { get async }
    /// Prepares the component for use. An error aborts the start of the service.
    func open(_ context: Context) async throws
}

extension Openable {
    /// True: a component that does not track its state counts as open.
    public var isOpen: Bool { true }
}
