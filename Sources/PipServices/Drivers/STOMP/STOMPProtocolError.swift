#if PIP_ACTIVEMQ
/// A protocol violation by the peer, or a frame that STOMP cannot represent.
struct STOMPProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
#endif
