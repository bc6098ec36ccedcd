/// A receiver of notifications (the toolkit's `INotifiable`). It returns no result.
public protocol Notifiable: Sendable {
    /// Handles a notification. An error tells the sender that it was not handled.
    func notify(_ context: Context, _ arguments: Parameters) async throws
}
