/// A listener for the events of components (the toolkit's `IEventListener`). It is a class, so that a registration can
/// be removed by identity.
public protocol EventListener: AnyObject, Sendable {
    /// Handles an event. An error is reported to the code that raised the event.
    func onEvent(_ context: Context, _ event: Event, _ arguments: Parameters) async throws
}
