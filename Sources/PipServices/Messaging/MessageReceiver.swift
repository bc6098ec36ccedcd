/// Handles the messages of a queue (the toolkit's `IMessageReceiver`).
public protocol MessageReceiver: Sendable {
    /// Handles a message.
    ///
    /// If it returns without settling the message, the message is completed. If it throws, the message is abandoned: it
    /// is delivered again and, after `options.max_deliveries`, dead-lettered with the error. Error `BAD_MESSAGE`,
    /// thrown when the payload cannot be read, dead-letters it at once.
    ///
    /// - Parameters:
    ///   - context: continues the sender's trace. Its deadline is `options.handler_timeout`.
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
