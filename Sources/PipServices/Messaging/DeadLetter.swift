public import FoundationEssentials

/// A message that was given up, with the reason.
public struct DeadLetter: Sendable, Hashable {
    /// The message. Its ``MessageEnvelope/deliveryCount`` says how many times it was received.
    public var message: MessageEnvelope
    /// Why it was given up: the last error of its handler, or what is wrong with it.
    public var error: ErrorDescription
    /// When it was given up.
    public var time: Date

    /// Creates a dead letter.
    public init(message: MessageEnvelope, error: ErrorDescription, time: Date) {
        self.message = message
        self.error = error
        self.time = time
    }
}
