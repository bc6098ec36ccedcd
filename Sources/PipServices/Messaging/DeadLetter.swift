public import FoundationEssentials

/// A message that could not be handled, with the reason.
public struct DeadLetter: Sendable, Hashable {
    /// The message. Its ``MessageEnvelope/deliveryCount`` is the number of deliveries.
    public var message: MessageEnvelope
    /// The last error of its handler, or the defect of the message.
    public var error: ErrorDescription
    /// When it was dead-lettered.
    public var time: Date

    /// Creates a dead letter.
    public init(message: MessageEnvelope, error: ErrorDescription, time: Date) {
        self.message = message
        self.error = error
        self.time = time
    }
}
