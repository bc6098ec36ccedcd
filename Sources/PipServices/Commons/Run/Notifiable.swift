/// Something that can be told of an event (the toolkit's `INotifiable`); it gives no answer.
public protocol Notifiable: Sendable {
    /// Takes the notice. An error tells whoever notified that it was not dealt with.
    func notify(_ context: Context, _ arguments: Parameters) async throws
}
