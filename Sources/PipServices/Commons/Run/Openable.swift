/// A component that has to be opened before it is used (the toolkit's `IOpenable`).
///
/// The container opens a component after all that it depends on, and its child components before it.
public protocol Openable: Closable {
    /// True while the component is open. A component that does not tell counts as open.
    var isOpen: Bool { get async }
    /// Gets the component ready for use. An error stops the start of the service.
    func open(_ context: Context) async throws
}

extension Openable {
    /// True: a component that does not track it counts as open.
    public var isOpen: Bool { true }
}
