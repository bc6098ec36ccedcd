#if PIP_HTTP
internal import NIOCore

/// Refuses a connection above the limit with status 503 and closes it. With TLS, it only closes the connection.
final class OverloadedConnectionHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let isSecure: Bool

    init(isSecure: Bool) { self.isSecure = isSecure }

    func channelActive(context: ChannelHandlerContext) {
        if !isSecure {
            let response =
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: response)), promise: nil)
        }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
#endif
