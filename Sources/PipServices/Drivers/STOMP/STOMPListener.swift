#if PIP_ACTIVEMQ
/// What a subscription does with what the broker sends. All of it is called on the event loop, and must not block.
struct STOMPListener: Sendable {
    /// Accepts a message that belongs to a connection, by its number.
    /// - Returns: false if there are more than were asked for, which ends the connection.
    var onMessage: @Sendable (_ frame: STOMPFrame, _ link: Int) -> Bool
    /// The connection is lost: the broker delivers again whatever was not acknowledged.
    var onLoss: @Sendable () -> Void = {}
}
#endif
