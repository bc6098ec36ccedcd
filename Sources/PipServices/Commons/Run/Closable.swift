/// A component that holds something which has to be given back (the toolkit's `IClosable`).
///
/// The container closes components in the reverse order of opening.
public protocol Closable: Sendable {
    /// Gives back what the component holds. Closing twice does no harm.
    func close(_ context: Context) async throws
}
