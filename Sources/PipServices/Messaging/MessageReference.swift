/// The lock of a message that was received: the proof by which its holder settles it.
///
/// A message that is delivered again has another reference; the old one no longer settles it.
public struct MessageReference: Sendable, Hashable {
    /// The queue that the message was received from.
    public let queue: String
    /// Identifies the delivery; only the connector understands it.
    public let token: String

    /// Creates a reference: for connectors.
    public init(queue: String, token: String) {
        self.queue = queue
        self.token = token
    }
}
