#if PIP_REDIS
/// What a subscription of Redis delivers.
public enum RedisNotification: Sendable, Hashable {
    /// A message, and the channel that it was sent to.
    case message(channel: String, payload: [UInt8])
    /// Messages may have been missed: the connection was lost and is back, or they came faster than they were read.
    case interrupted
}

/// The messages of channels of Redis, from ``RedisExecutor/subscribe(_:channels:patterns:)`` on.
///
/// Redis keeps no messages: what is sent while the connection is lost is lost too, which
/// ``RedisNotification/interrupted`` reports. The subscription is renewed automatically. At most 1000 messages wait for the
/// reader; further ones are dropped. Reading ends after ``cancel()``, and when the connection is closed. One task reads.
public final class RedisSubscription: AsyncSequence, Sendable {
    /// What the sequence consists of.
    public typealias Element = RedisNotification

    let channels: Set<ScalarText>
    let patterns: Set<ScalarText>
    private let stream: AsyncStream<RedisNotification>
    private let continuation: AsyncStream<RedisNotification>.Continuation
    private let onCancel: @Sendable (RedisSubscription) -> Void
    /// True if a message was dropped since the last one that was delivered.
    private let hasDropped = Locked(false)

    init(
        channels: Set<ScalarText>, patterns: Set<ScalarText>, onCancel: @escaping @Sendable (RedisSubscription) -> Void
    ) {
        (self.channels, self.patterns, self.onCancel) = (channels, patterns, onCancel)
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1000))
    }

    deinit { continuation.finish() }

    /// Ends the subscription, and with it the sequence.
    public func cancel() {
        end()
        onCancel(self)
    }

    /// Reads the messages.
    public func makeAsyncIterator() -> AsyncStream<RedisNotification>.Iterator { stream.makeAsyncIterator() }

    // MARK: - Internal

    func end() { continuation.finish() }

    /// Called by one thread at a time.
    func deliver(_ notification: RedisNotification) {
        hasDropped.withLock { hasDropped in
            if hasDropped, case .enqueued = continuation.yield(.interrupted) { hasDropped = false }
            guard !hasDropped else { return }
            if case .dropped = continuation.yield(notification) { hasDropped = true }
        }
    }
}
#endif
