/// Listens to the events of components (the toolkit's `IEventListener`). It is an object, so that it can be removed.
public protocol EventListener: AnyObject, Sendable {
    /// Takes an event that happened. An error is told to whoever raised it.
    func onEvent(_ context: Context, _ event: Event, _ arguments: Parameters) async throws
}
