#if PIP_GRPC
internal import NIOCore
internal import NIOSSL
import Synchronization

/// Limits the connections of a listener. It closes connections above the maximum number, and those whose client does
/// not send the HTTP/2 preface in time.
final class GRPCConnectionGate: Sendable {
    private let maximum: Int
    private let handshakeTimeout: Duration?
    private let count = Atomic<Int>(0)

    /// - Parameter handshakeTimeout: the time for the handshake; nil for no limit.
    init(maximum: Int, handshakeTimeout: Duration?) {
        self.maximum = min(maximum, DescriptorLimit.connections)
        self.handshakeTimeout = handshakeTimeout
    }

    /// Counts a connection until it is closed. Child processes do not inherit it.
    ///
    /// Must be called on the event loop of the channel, after the other handlers were added.
    func admit(_ channel: any Channel) {
        CloseOnExec.set(channel)
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { [self] _ in count.wrappingSubtract(1, ordering: .relaxed) }
        let pipeline = channel.pipeline.syncOperations
        do {
            if number > maximum {
                try pipeline.addHandler(GRPCRefusedConnectionHandler(), position: .first)
            } else if let handshakeTimeout {
                let handler = GRPCHandshakeHandler(.nanoseconds(handshakeTimeout.asSleep.inNanoseconds))
                // After the TLS handler, if there is one.
                let tls = try? pipeline.handler(type: NIOSSLServerHandler.self)
                try pipeline.addHandler(handler, position: tls.map { .after($0) } ?? .first)
            }
        } catch {
            // An error here would stop the listener.
            channel.close(promise: nil)
        }
    }
}

/// Closes a connection immediately.
final class GRPCRefusedConnectionHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}

/// Closes a connection whose client does not send the HTTP/2 preface in time.
///
/// It follows the TLS handler, so the time includes the TLS handshake.
final class GRPCHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// RFC 9113, section 3.4.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?
    /// The number of received bytes of the preface; nil after an unexpected byte.
    private var matched: Int? = 0

    init(_ timeout: TimeAmount) { self.timeout = timeout }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for byte in unwrapInboundIn(data).readableBytesView {
            guard let place = matched, place < Self.preface.count else { break }
            matched = byte == Self.preface[place] ? place + 1 : nil
        }
        context.fireChannelRead(data)
        if matched == Self.preface.count { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
    }
}
#endif
