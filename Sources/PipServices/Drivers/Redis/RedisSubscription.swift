#if PIP_REDIS
/// An event of a Redis subscription.
public enum RedisNotification: Sendable, Hashable {
    /// A message and its channel.
    case message(channel: String, payload: [UInt8])
    /// Messages may have been missed: the connection was lost and re-established, or the reader was too slow.
    case interrupted
}

/// The messages of Redis channels, from ``RedisExecutor/subscribe(_:channels:patterns:)``.
///
/// Redis does not store messages: those published while the connection is lost are missed, which
/// ``RedisNotification/interrupted`` reports. The subscription is renewed automatically. At most 1000 messages wait for
/// the reader; further ones are dropped. The sequence ends after ``cancel()`` and when the connection is closed. For
/// one reading task.
public final class RedisSubscription: AsyncSequence, Sendable {
    /// The element of the sequence.
    public typealias Element = RedisNotification

    let channels: Set<ScalarText>
    let patterns: Set<ScalarText>
    private let stream: AsyncStream<RedisNotification>
    private let continuation: AsyncStream<RedisNotification>.Continuation
    private let onCancel: @Sendable (RedisSubscription) -> Void
    /// True if a message was dropped since the last delivery.
    private let hasDropped = Locked(false)

    init(
        channels: Set<ScalarText>, patterns: Set<ScalarText>, onCancel: @escaping @Sendable (RedisSubscription) -> Void
    ) {
        (self.channels, self.patterns, self.onCancel) = (channels, patterns, onCancel)
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1000))
    }

    deinit { continuation.finish() }

    /// Ends the subscription and its sequence.
    public func cancel() {
        end()
        onCancel(self)
    }

    /// Returns an iterator over the events.
    public func makeAsyncIterator() -> AsyncStream<RedisNotification>.Iterator { stream.makeAsyncIterator() }

    // MARK: - Internal

    func end() { continuation.finish() }

    /// Never called concurrently.
    func deliver(_ notification: RedisNotification) {
        hasDropped.withLock { hasDropped in
            if hasDropped, case .enqueued = continuation.yield(.interrupted) { hasDropped = false }
            guard !hasDropped else { return }
            if case .dropped = continuation.yield(notification) { hasDropped = true }
        }
    }
}
#endif
