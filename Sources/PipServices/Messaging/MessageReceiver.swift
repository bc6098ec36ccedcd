/// Handles the messages of a queue (the toolkit's `IMessageReceiver`).
public protocol MessageReceiver: Sendable {
    /// Handles a message.
    ///
    /// A return completes the message, unless the receiver settled it. An error abandons it: it is delivered again, and
    /// after `options.max_deliveries` it moves to the dead letters with the error. Error `BAD_MESSAGE`, which reading
    /// the payload throws, moves it there at once.
    ///
    /// - Parameters:
    ///   - context: continues the trace of the sender. Its deadline is that of `options.handler_timeout`.
    ///   - message: the message, which is locked while the call runs.
    ///   - queue: the queue that it was received from.
    func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws
}

/// A receiver that passes messages to a closure (the toolkit's `CallbackMessageReceiver`).
public struct CallbackMessageReceiver: MessageReceiver {
    /// Handles a message.
    public typealias Callback = @Sendable (Context, MessageEnvelope, any MessageQueue) async throws -> Void

    private let callback: Callback

    /// Creates a receiver.
    public init(_ callback: @escaping Callback) { self.callback = callback }

    /// Calls the closure.
    public func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        try await callback(context, message, queue)
    }
}
