extension MessageQueue {
    /// The messages of the queue as a sequence.
    ///
    /// ```swift
    /// for try await delivery in queue.messages(context) {
    ///     await delivery.handle { context, message in ... }
    /// }
    /// ```
    /// The sequence ends when the queue is closed. It throws `CancellationError` if the task is cancelled. Several
    /// tasks can each iterate over their own sequence; every message is delivered to only one of them.
    public func messages(_ context: Context) -> MessageDeliveries { MessageDeliveries(context, self) }
}

/// The messages of a queue as a sequence: see ``MessageQueue/messages(_:)``.
public struct MessageDeliveries: AsyncSequence, Sendable {
    /// Receives messages one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let context: Context
        fileprivate let queue: any MessageQueue

        /// Returns the next message; nil after the queue was closed.
        /// - Throws: `CancellationError` if the task is cancelled; errors of the queue if its broker cannot be reached.
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

    /// Starts receiving messages.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(context: context, queue: queue) }
}

/// A received message that ``handle(_:)`` settles: see ``MessageQueue/messages(_:)``.
///
/// A delivery that is not handled is redelivered when its lock expires.
public struct MessageDelivery: Sendable {
    /// The message.
    public let message: MessageEnvelope
    fileprivate let context: Context
    fileprivate let queue: any MessageQueue

    /// Handles the message and settles it. If `body` returns, the message is completed. If it throws or the task is
    /// cancelled, the message is abandoned and delivered again.
    ///
    /// The lock is renewed while `body` runs. Its context continues the sender's trace. Errors are logged and count as
    /// deliveries: after `options.max_deliveries` the message is dead-lettered.
    ///
    /// - Returns: true if `body` returned and the message is settled.
    @discardableResult
    public func handle(
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Bool {
        await queue.handle(context, message, body)
    }
}
