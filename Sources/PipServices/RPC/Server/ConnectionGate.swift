#if PIP_HTTP
internal import NIOCore

/// Counts the connections of a server and refuses those above the maximum number.
final class ConnectionGate: Sendable {
    private let maximum: Int
    private let channels = Locked<[ObjectIdentifier: any Channel]>([:])

    init(_ limits: HTTPServerLimits) { maximum = min(limits.connections, DescriptorLimit.connections) }

    /// Counts a connection until it is closed, and adds the handler that refuses it if there are too many. Processes that the
    /// service starts do not inherit it.
    ///
    /// Call it before other handlers are added, on the event loop of the channel.
    func admit(_ channel: any Channel, isSecure: Bool) throws {
        CloseOnExec.set(channel)
        let count = channels.withLock { channels in
            channels[ObjectIdentifier(channel)] = channel
            return channels.count
        }
        channel.closeFuture.whenComplete { [self] _ in channels.withLock { $0[ObjectIdentifier(channel)] = nil } }
        if count > maximum {
            try channel.pipeline.syncOperations.addHandler(OverloadedConnectionHandler(isSecure: isSecure))
        }
    }

    /// Closes all connections, whatever is in flight on them. A request whose response has not begun is answered with
    /// 503; of a response that has begun, a stream of HTTP/2 is reset, and a connection of HTTP/1.1 is closed.
    func closeAll() {
        for channel in channels.current.values {
            channel.triggerUserOutboundEvent(ConnectionAbort(), promise: nil)
            channel.close(promise: nil)
        }
    }
}

/// An outbound event: the connection ends, whatever is in flight.
struct ConnectionAbort: Sendable {}
#endif
