#if PIP_HTTP
internal import NIOCore
internal import NIOHTTPTypes

/// The ``RequestGuard`` of a connection with TLS, or of a stream of HTTP/2 on it, whose parts Hummingbird has converted.
final class SecureRequestGuard: RequestGuard, ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if receive(unwrapInboundIn(data), context) { context.fireChannelRead(data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        respond(unwrapOutboundIn(data), context, promise)
    }

    override func send(_ part: HTTPResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
#endif
