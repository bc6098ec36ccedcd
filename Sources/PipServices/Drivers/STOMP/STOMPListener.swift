#if PIP_ACTIVEMQ
/// The callbacks of a subscription. They are called on the event loop and must not block.
struct STOMPListener: Sendable {
    /// Accepts a message of a connection, which is identified by its number.
    /// - Returns: false if more messages arrived than requested, which ends the connection.
    var onMessage: @Sendable (_ frame: STOMPFrame, _ link: Int) -> Bool
    /// Called when the connection is lost. The broker redelivers unacknowledged messages.
    var onLoss: @Sendable () -> Void = {}
}
#endif
