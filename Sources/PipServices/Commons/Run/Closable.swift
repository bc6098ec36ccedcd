/// A component that holds resources and releases them when it is closed (the toolkit's `IClosable`).
///
/// The container closes components in the reverse order of opening.
public protocol Closable: Sendable {
    /// Releases the component's resources. Closing twice is allowed.
    func close(_ context: Context) async throws
}
