/// A component whose state can be cleared (the toolkit's `ICleanable`), mostly for tests.
public protocol Cleanable: Sendable {
    /// Clears the component's state.
    func clear(_ context: Context) async throws
}
