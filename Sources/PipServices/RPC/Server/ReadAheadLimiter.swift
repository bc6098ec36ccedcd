#if PIP_HTTP
internal import NIOCore
internal import NIOHTTP1

/// Hands what a connection of HTTP/1.1 has sent to the parser in small pieces, as they are asked for.
///
/// A request that was parsed takes 40 times the memory of its bytes: a client that sends many without waiting for the
/// answers would else make the service hold megabytes. The body of a request goes through as it comes.
final class ReadAheadLimiter: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = NIOAny

    /// How long a piece may be now.
    private let pieceSize: () -> Int
    private var held: ByteBuffer?
    private var isAsked = false
    private var isHanding = false
    private var isInputClosed = false

    init(pieceSize: @escaping () -> Int) { self.pieceSize = pieceSize }

    /// Puts a limiter before the parser of a connection.
    static func insert(into pipeline: ChannelPipeline.SynchronousOperations, pieceSize: @escaping () -> Int) throws {
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(ReadAheadLimiter(pieceSize: pieceSize), position: .before(parser))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if held != nil {
            held?.writeBuffer(&buffer)
        } else if buffer.readableBytes <= pieceSize() {
            context.fireChannelRead(data)
        } else {
            held = buffer
            isAsked = true
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if held == nil { context.fireChannelReadComplete() } else { hand(context) }
    }

    func read(context: ChannelHandlerContext) {
        if held != nil {
            isAsked = true
            hand(context)
        } else if !isInputClosed {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        isInputClosed = true
        // Else it follows what came before.
        if held == nil { context.fireUserInboundEventTriggered(event) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = nil
        context.fireChannelInactive()
    }

    // MARK: - Internal

    private func hand(_ context: ChannelHandlerContext) {
        guard !isHanding else { return }
        isHanding = true
        while isAsked, let piece = nextPiece() {
            isAsked = false
            context.fireChannelRead(wrapInboundOut(piece))
            context.fireChannelReadComplete()
            if held == nil, isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            // Those behind have a say in whether more is read, as after any read.
            context.pipeline.read()
        }
        isHanding = false
    }

    private func nextPiece() -> ByteBuffer? {
        guard var buffer = held else { return nil }
        let piece = buffer.readSlice(length: min(pieceSize(), buffer.readableBytes))
        held = buffer.readableBytes == 0 ? nil : buffer
        return piece
    }
}
#endif
