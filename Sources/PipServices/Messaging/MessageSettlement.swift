/// An operation on a received message.
public enum MessageSettlement: Sendable, Hashable {
    /// Removes the handled message.
    case complete
    /// Returns the message to the queue, for redelivery after a delay.
    case abandon(delay: Duration)
    /// Moves the message to the dead letters, with the reason.
    case deadLetter(ErrorDescription)
    /// Extends the lock to this time from now.
    case renew(Duration)
}

/// The destination of a message.
public enum MessageAddress: Sendable, Hashable {
    /// One queue.
    case queue(String)
    /// All queues that subscribe to the topic. A message without subscribers is dropped.
    case topic(String)
}

/// The options of a queue for its connector.
public struct MessageQueueOptions: Sendable, Hashable {
    /// The topic whose messages the queue receives; nil for none.
    public var topic: String?
    /// The maximum number of messages, including locked ones.
    public var maxSize: Int
    /// The maximum number of dead letters; further ones displace the oldest.
    public var maxDeadLetters: Int

    /// Creates options.
    public init(topic: String? = nil, maxSize: Int = 10_000, maxDeadLetters: Int = 1_000) {
        self.topic = topic
        self.maxSize = maxSize
        self.maxDeadLetters = maxDeadLetters
    }
}
