#if PIP_ACTIVEMQ
/// A violation of STOMP by the peer, or a frame that STOMP cannot carry.
struct STOMPProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
#endif
