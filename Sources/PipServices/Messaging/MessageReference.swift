/// The lock of a received message, which allows its holder to settle it.
///
/// A redelivered message has a new reference; the old one is no longer valid.
public struct MessageReference: Sendable, Hashable {
    /// The queue that the message was received from.
    public let queue: String
    /// Identifies the delivery. Only the connector interprets it.
    public let token: String

    /// Creates a reference. Used by connectors.
    public init(queue: String, token: String) {
        self.queue = queue
        self.token = token
    }
}
