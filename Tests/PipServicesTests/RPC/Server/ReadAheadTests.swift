#if PIP_HTTP
import NIOCore
import NIOEmbedded
import Testing

@testable import PipServices

/// The buffer before the parser, and the handler that carries out what it returns.
@Suite struct ReadAheadTests {
    @Test("The read size follows the request being received")
    func sizes() {
        func size(_ length: Int?, isChunked: Bool = false, received: Int = 0, isPipelining: Bool = false) -> Int {
            let framing = length.map { RequestFraming(bodyLength: $0, isChunked: isChunked) }
            return ReadAheadSize(of: framing, received: received, isPipelining: isPipelining).bytes
        }
        #expect(size(nil) == 1024)
        #expect(size(nil, isPipelining: true) == 256)
        #expect(size(500) == 1024)
        #expect(size(500, isPipelining: true) == 500)
        #expect(size(5000, received: 1000) == 4000)
        #expect(size(.max) == 16_384)
        #expect(size(0, isChunked: true, received: 100_000, isPipelining: true) == 4096)
    }

    @Test("Bytes beyond the size are buffered until requested")
    func holding() {
        var buffer = ReadAheadBuffer(size: ReadAheadSize(bytes: 4))
        let passes = ["1234", "5"].map { buffer.receive(ByteBuffer(string: $0)) }
        #expect(passes == [true, false], "one read passes no more than the size")
        buffer.completeRead()
        let overtakes = buffer.receive(ByteBuffer(string: "67890"))
        #expect(!overtakes && buffer.isHolding)
        // The read that delivered them is still open.
        let (first, none) = (buffer.next(), buffer.next())
        #expect(first == ByteBuffer(string: "5678") && none == nil)
        let readsWhileHolding = buffer.requestRead()
        #expect(!readsWhileHolding)
        let rest = buffer.next()
        #expect(rest == ByteBuffer(string: "90") && !buffer.isHolding)
        let reads = buffer.requestRead()
        let passesAgain = buffer.receive(ByteBuffer(string: "abcd"))
        #expect(reads && passesAgain)
    }

    @Test("The end of the input follows the buffered bytes, and nothing is read after it")
    func end() {
        var buffer = ReadAheadBuffer(size: ReadAheadSize(bytes: 2))
        let (passes, ends) = (buffer.receive(ByteBuffer(string: "123")), buffer.closeInput())
        #expect(!passes && !ends)
        let first = buffer.next()
        #expect(first == ByteBuffer(string: "12") && !buffer.isAtEnd)
        _ = buffer.requestRead()
        let rest = buffer.next()
        #expect(rest == ByteBuffer(string: "3") && buffer.isAtEnd)
        let reads = buffer.requestRead()
        #expect(!reads)
        var empty = ReadAheadBuffer()
        let endsAtOnce = empty.closeInput()
        #expect(endsAtOnce)
    }

    @Test("Only one caller passes on bytes at a time")
    func passing() {
        var buffer = ReadAheadBuffer()
        let (outer, inner) = (buffer.beginPassing(), buffer.beginPassing())
        buffer.endPassing()
        let next = buffer.beginPassing()
        #expect(outer && !inner && next)
    }

    // MARK: - The handler

    /// Notes what passes, and requests more only when it may.
    private final class Parser: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = Never

        var pieces: [String] = []
        var isReady = false
        var inputIsClosed = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pieces.append(String(buffer: unwrapInboundIn(data)))
        }

        func read(context: ChannelHandlerContext) { if isReady { context.read() } }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { inputIsClosed = true }
        }
    }

    @Test("Chunks reach the parser on request")
    func pieces() throws {
        let parser = Parser()
        let channel = EmbeddedChannel(handlers: [ReadAheadLimiter(), parser])
        channel.pipeline.triggerUserOutboundEvent(ReadAheadSize(bytes: 3), promise: nil)
        try channel.writeInbound(ByteBuffer(string: "12345678"))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(parser.pieces == ["123"])
        parser.isReady = true
        channel.pipeline.triggerUserOutboundEvent(ReadAheadSize(bytes: 4), promise: nil)
        #expect(!parser.inputIsClosed)
        channel.read()
        #expect(parser.pieces == ["123", "4567", "8"])
        #expect(parser.inputIsClosed)
        _ = try channel.finish()
    }

    @Test("The handler passes on other events")
    func otherEvents() throws {
        let channel = EmbeddedChannel(handler: ReadAheadLimiter())
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.pipeline.triggerUserOutboundEvent(ReadAheadSize.pipelined, promise: promise)
        try promise.futureResult.wait()
        #expect(throws: (any Error).self) {
            try channel.pipeline.triggerUserOutboundEvent("other").wait()
        }
        _ = try channel.finish()
    }
}
#endif
