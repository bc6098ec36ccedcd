#if PIP_HTTP
internal import NIOCore

/// Passes the bytes of an HTTP/1.1 connection to the parser in small pieces on request.
///
/// It is located before the parser and after TLS: TLS records are always decrypted as a whole. ``ReadAheadSize`` events
/// from ``ConnectionGuard`` set the size of the pieces.
final class ReadAheadLimiter: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Any

    private var buffer = ReadAheadBuffer()

    func handlerAdded(context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        limitReads(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if buffer.receive(unwrapInboundIn(data)) { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        buffer.completeRead()
        if buffer.isHolding { passOn(context) } else { context.fireChannelReadComplete() }
    }

    func read(context: ChannelHandlerContext) {
        if buffer.requestRead() { context.read() } else { passOn(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent, !buffer.closeInput() { return }
        context.fireUserInboundEventTriggered(event)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let size = event as? ReadAheadSize else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        buffer.size = size
        limitReads(context)
        promise?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        buffer.clear()
        context.fireChannelInactive()
    }

    // MARK: - Internal

    private func passOn(_ context: ChannelHandlerContext) {
        guard buffer.beginPassing() else { return }
        while let piece = buffer.next() {
            context.fireChannelRead(wrapInboundOut(piece))
            context.fireChannelReadComplete()
            if buffer.isAtEnd { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            // Later handlers decide whether to read more, as after any read.
            context.pipeline.read()
        }
        buffer.endPassing()
    }

    /// Limits socket reads to the same size: an event loop reads again only when it is otherwise idle.
    private func limitReads(_ context: ChannelHandlerContext) {
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: buffer.size.bytes)
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    }
}
#endif
