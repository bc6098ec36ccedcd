#if PIP_HTTP
internal import NIOCore

/// Counts the connections of a server and refuses those above the maximum number.
final class ConnectionGate: Sendable {
    private let maximum: Int
    private let channels = Locked<[ObjectIdentifier: any Channel]>([:])

    init(_ limits: HTTPServerLimits) { maximum = min(limits.connections, DescriptorLimit.connections) }

    /// Counts a connection until it is closed. If there are too many, adds the handler that refuses it. Child processes
    /// do not inherit the connection.
    ///
    /// Call it before adding other handlers, on the event loop of the channel.
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

    /// Closes all connections immediately. A request without a response is answered with 503; a response in progress is
    /// cut by resetting its HTTP/2 stream or closing its HTTP/1.1 connection.
    func closeAll() {
        for channel in channels.current.values {
            channel.triggerUserOutboundEvent(ConnectionAbort(), promise: nil)
            channel.close(promise: nil)
        }
    }
}

/// An outbound event: close the connection immediately.
struct ConnectionAbort: Sendable {}
#endif
