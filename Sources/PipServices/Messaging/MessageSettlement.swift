/// What is to happen to a message that was received.
public enum MessageSettlement: Sendable, Hashable {
    /// The message was handled: it is removed.
    case complete
    /// The message goes back to the queue, and is delivered again after a delay.
    case abandon(delay: Duration)
    /// The message moves to the dead letters, with the reason.
    case deadLetter(ErrorDescription)
    /// The lock lasts for this time from now.
    case renew(Duration)
}

/// Where a message is sent to.
public enum MessageAddress: Sendable, Hashable {
    /// One queue.
    case queue(String)
    /// All queues that subscribe to the topic. A message that no queue subscribes to is dropped.
    case topic(String)
}

/// How a connector is to keep a queue.
public struct MessageQueueOptions: Sendable, Hashable {
    /// The topic whose messages the queue receives; nil for none.
    public var topic: String?
    /// The most messages that the queue holds, those that are locked included.
    public var maxSize: Int
    /// The most dead letters that the queue keeps; a further one displaces the oldest.
    public var maxDeadLetters: Int

    /// Creates options.
    public init(topic: String? = nil, maxSize: Int = 10_000, maxDeadLetters: Int = 1_000) {
        self.topic = topic
        self.maxSize = maxSize
        self.maxDeadLetters = maxDeadLetters
    }
}
