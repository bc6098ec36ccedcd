extension MessageQueue {
    /// The messages of the queue, as they come.
    ///
    /// ```swift
    /// for try await delivery in queue.messages(context) {
    ///     await delivery.handle { context, message in ... }
    /// }
    /// ```
    /// The sequence ends when the queue is closed, and throws `CancellationError` if the task is cancelled. Several
    /// tasks may each iterate over a sequence of their own: every message goes to one of them.
    public func messages(_ context: Context) -> MessageDeliveries { MessageDeliveries(context, self) }
}

/// The messages of a queue, as they come: see ``MessageQueue/messages(_:)``.
public struct MessageDeliveries: AsyncSequence, Sendable {
    /// Receives one message after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let context: Context
        fileprivate let queue: any MessageQueue

        /// The next message; nil after the queue was closed.
        /// - Throws: `CancellationError` if the task is cancelled; what the queue throws if its broker cannot be
        ///   reached.
        public mutating func next() async throws -> MessageDelivery? {
            while true {
                do {
                    if let message = try await queue.receive(context, waitTimeout: .seconds(30)) {
                        return MessageDelivery(message: message, context: context, queue: queue)
                    }
                } catch let error as ApplicationError where error.code == "NOT_OPENED" {
                    return nil
                }
            }
        }
    }

    private let context: Context
    private let queue: any MessageQueue

    init(_ context: Context, _ queue: any MessageQueue) {
        self.context = context
        self.queue = queue
    }

    /// Starts receiving.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(context: context, queue: queue) }
}

/// A message that was received, and that a scope settles: see ``MessageQueue/messages(_:)``.
///
/// A delivery that is never handled is delivered again when its lock ends.
public struct MessageDelivery: Sendable {
    /// The message.
    public let message: MessageEnvelope
    fileprivate let context: Context
    fileprivate let queue: any MessageQueue

    /// Handles the message, and settles it: a return of `body` completes it; a throw, and a cancellation of the task,
    /// abandons it, and it is delivered again.
    ///
    /// The lock is renewed while `body` runs. Its context continues the trace of the sender. Errors
    /// are logged and count as deliveries: after `options.max_deliveries` the message moves to the dead letters.
    ///
    /// - Returns: true if `body` returned and the message is settled.
    @discardableResult
    public func handle(
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Bool {
        await queue.handle(context, message, body)
    }
}
