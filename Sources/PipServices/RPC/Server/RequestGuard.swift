#if PIP_HTTP
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Protects a connection, or a stream of HTTP/2, from slow and from misleading clients.
///
/// It refuses requests that a proxy before the service could read in another way (without a host or with several, or
/// with a transfer coding that is unknown or stands beside a length), and closes what takes too long: until the header
/// of a request has come, for a body that hardly moves, and for a client that does not read its answer. Hummingbird's
/// own timeout starts anew with every byte.
///
/// All of it happens on the connection's event loop. A timer is set once per phase, not once per byte.
///
/// What the handlers before it make of the bytes depends on the connection. The two subclasses are the handlers, and know
/// which it is: a generic class would be much slower, since those who call a handler do not know its type.
class RequestGuard {
    /// How long what is left of a refused or unfinished request is swallowed: a connection that is closed while bytes
    /// arrive is reset, and the client may never see its answer.
    private static let lingering = TimeAmount.seconds(2)
    /// How many bytes are read at once. An event loop reads again when nothing else is left to do: many requests in one
    /// read, on many connections, would keep it from all others for as long as they take.
    private static let headerReadSize = 1024
    /// That of a body whose length is known, and of one in chunks, behind which other requests may follow.
    private static let (bodyReadSize, chunkedReadSize) = (16_384, 4096)
    /// That of a client which does not wait for the answers.
    private static let pipelineReadSize = 256
    /// How many bytes of answers wait for the system to take them before no more are made, for such a client. A small
    /// answer takes more memory than its bytes: 64 KB of them, as NIO has it, are a good 100 KB for each client that does
    /// not read.
    private static let pipelineWriteMark = ChannelOptions.Types.WriteBufferWaterMark(low: 4096, high: 8192)

    private let headerTimeout: TimeAmount
    private let idleTimeout: TimeAmount
    private let transferTimeout: TimeAmount
    private let leastBytes: Int
    private let logger: any Logger

    /// True for a stream of HTTP/2, whose connection stands between it and the server's channel.
    private var isStream = false
    private var isReading = false
    /// How many requests have come whose answers the system has not taken in full.
    private var unanswered = 0
    /// How many answers are written and not taken in full: what is closed before then is cut.
    private var unflushed = 0
    /// What is to be done when they are.
    private var whenFlushed: (() -> Void)?
    private var hasResponseBegun = false
    private var refusal: HTTPResponse.Status?
    private var isClosing = false
    private var isDraining = false
    /// Nothing more is expected: what still comes does not put the end off.
    private var isEnding = false
    private var isReadPending = false
    private var readSize = RequestGuard.headerReadSize
    private var received = 0
    private var framing = RequestFraming.none
    /// How much of its answers a stream has got rid of.
    private var sent = 0
    /// That of a stream.
    private var connection: ConnectionWatch?
    /// What is waited for, from when the handler is part of a connection.
    private var deadline: MovingDeadline<Reason>?
    private var receiveTimer: Scheduled<Void>?
    private var sendTimer: Scheduled<Void>?

    private enum Reason {
        /// The header of a request.
        case idle
        /// What is left of a request that is answered.
        case lingering
        /// The client, which has got all that it gets.
        case ending
    }

    init(_ limits: HTTPServerLimits, _ logger: any Logger) {
        self.logger = logger
        headerTimeout = TimeAmount(limits.headerTimeout)
        idleTimeout = TimeAmount(limits.idleTimeout)
        transferTimeout = TimeAmount(limits.transferTimeout)
        let seconds = limits.transferTimeout.milliseconds / 1000
        leastBytes = Int(min(1e15, Double(limits.minRate) * seconds))
    }

    // MARK: - For those who convert

    /// Makes room for a handler that was put behind all others.
    func makeRoom(in pipeline: ChannelPipeline.SynchronousOperations) throws {}

    /// Passes a part of an answer on.
    func send(_ part: HTTPResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    // MARK: - Life

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = MovingDeadline { [self] in waited($0, context) }
        isStream = context.channel.parent?.parent != nil
        var time = headerTimeout
        if isStream {
            connection = try? context.channel.parent?.pipeline.syncOperations.handler(type: ConnectionWatch.self)
            connection?.streamOpened()
        } else {
            let pipeline = context.pipeline.syncOperations
            // The handshake of TLS has taken some of the time.
            if let watch = try? pipeline.handler(type: ConnectionWatch.self) { time = watch.timeLeft }
            do {
                try makeRoom(in: pipeline)
                try context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
                try ReadAheadLimiter.insert(into: pipeline) { [self] in
                    guard isReading else { return readSize }
                    return max(readSize, framing.isChunked ? Self.chunkedReadSize : framing.bodyLength - received)
                }
            } catch {
                // Without it a client could fill the memory.
                logger.error(
                    .empty, error: error, "The HTTP server is not made of what is expected: a connection is closed")
                context.close(promise: nil)
            }
            setReadSize(context)
        }
        wait(.idle, time, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelTimers()
        deadline = nil
        connection?.streamClosed()
        connection = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        cancelTimers()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What can't be parsed is answered by the server; it would then wait for the client to close.
        end(context)
        context.fireErrorCaught(error)
    }

    // MARK: - Inbound

    func read(context: ChannelHandlerContext) {
        isReadPending = true
        context.read()
    }

    /// Takes note of a part of a request.
    /// - Returns: true when it is to be passed on.
    func receive(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) -> Bool {
        isReadPending = false
        guard refusal == nil else { return false }
        switch part {
        case .head(let head):
            guard let framing = RequestFraming.read(head, isStream: isStream) else {
                refuse(.badRequest, context)
                return false
            }
            self.framing = framing
            if !isEnding { deadline?.clear() }
            isReading = true
            unanswered += 1
            received = 0
            if unanswered > 1, readSize != Self.pipelineReadSize {
                readSize = Self.pipelineReadSize
                setReadSize(context)
                try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: Self.pipelineWriteMark)
            }
            if isBodyReadApart {
                setReadSize(
                    context, framing.isChunked ? Self.chunkedReadSize : min(framing.bodyLength, Self.bodyReadSize))
            }
        case .body(let buffer):
            received += buffer.readableBytes
        case .end:
            isReading = false
            receiveTimer?.cancel()
            receiveTimer = nil
            if isBodyReadApart { setReadSize(context) }
        }
        return true
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most bodies come with their header.
        if isReading, receiveTimer == nil { watchBody(context) }
        context.fireChannelReadComplete()
        // Nobody behind asks for more of a refused request.
        if refusal != nil { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { isDraining = true }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Outbound

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: context.close(mode: mode, promise: promise)
        case .output:
            // All is answered; the server would wait until the client closes too.
            afterFlush { [self] in end(context) }
            context.close(mode: mode, promise: promise)
        case .all: afterFlush { context.close(mode: mode, promise: promise) }
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is ConnectionAbort { close(context) }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    /// Takes note of a part of an answer, and sends it.
    func respond(_ part: HTTPResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        if refusal != nil, isClosing {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch part {
        case .head(var head):
            if head.status.kind != .informational { hasResponseBegun = true }
            if isDraining, !isStream {
                // The server closes behind the answer.
                head.headerFields[.connection] = "close"
            }
            send(.head(head), context, promise)
        case .body(let buffer): send(buffer, context, promise)
        case .end:
            hasResponseBegun = false
            let done = promise ?? context.eventLoop.makePromise(of: Void.self)
            unflushed += 1
            done.futureResult.assumeIsolated().whenComplete { [self] _ in flushed(context) }
            send(part, context, done)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        // The rest may be little enough for the channel, and still too much for a client that does not read.
        if unflushed > 0, sendTimer == nil, !isClosing { watchAnswer(context) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, unflushed == 0 {
            sendTimer?.cancel()
            sendTimer = nil
        } else if sendTimer == nil {
            watchAnswer(context)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: - Internal

    /// True for a body that is read in pieces of another size than what is around it.
    private var isBodyReadApart: Bool { framing.isChunked || framing.bodyLength > readSize }

    private func setReadSize(_ context: ChannelHandlerContext, _ size: Int? = nil) {
        guard !isStream else { return }
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: size ?? readSize)
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    }

    /// Nothing more of the connection is read; requests before this one are answered first.
    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        refusal = status
        receiveTimer?.cancel()
        if unanswered == 0 { answerRefusal(context) }
    }

    private func answerRefusal(_ context: ChannelHandlerContext) {
        guard let refusal, !isClosing else { return }
        isClosing = true
        var head = HTTPResponse(status: refusal, headerFields: [.contentLength: "0"])
        if !isStream { head.headerFields[.connection] = "close" }
        send(.head(head), context, nil)
        send(.end(nil), context, nil)
        context.flush()
        context.close(mode: .output, promise: nil)
        end(context)
    }

    private func flushed(_ context: ChannelHandlerContext) {
        unanswered -= 1
        unflushed -= 1
        if unflushed == 0 {
            sendTimer?.cancel()
            sendTimer = nil
        }
        if !isClosing { ended(context) }
        // Also when the connection is gone: somebody may wait for the promise of a close.
        if unflushed == 0, let body = whenFlushed {
            whenFlushed = nil
            body()
        }
    }

    private func afterFlush(_ body: @escaping () -> Void) {
        if unflushed == 0 || isClosing { body() } else { whenFlushed = body }
    }

    private func ended(_ context: ChannelHandlerContext) {
        guard unanswered <= 0 else { return }
        if refusal != nil {
            answerRefusal(context)
        } else if isReading {
            // Answered before the request was read, such as a body that is too large.
            wait(.lingering, Self.lingering, context)
        } else {
            wait(.idle, idleTimeout, context)
        }
    }

    private func watchBody(_ context: ChannelHandlerContext) {
        let before = received
        receiveTimer = context.eventLoop.assumeIsolated().scheduleTask(in: transferTimeout) { [self] in
            receiveTimer = nil
            guard isReading, refusal == nil else { return }
            // While the service is not ready to take more, the client is not to blame.
            if isReadPending, received - before < leastBytes {
                timedOut(context)
            } else {
                watchBody(context)
            }
        }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        guard unanswered == 1, !hasResponseBegun else {
            close(context)
            return
        }
        refusal = .requestTimeout
        answerRefusal(context)
        // Who waits for the body is told that it will not come.
        context.fireErrorCaught(ChannelError.inputClosed)
    }

    private func watchAnswer(_ context: ChannelHandlerContext) {
        let before = taken(context)
        sendTimer = context.eventLoop.assumeIsolated().scheduleTask(in: transferTimeout) { [self] in
            sendTimer = nil
            guard !context.channel.isWritable || unflushed > 0 else { return }
            if taken(context) - before < max(1, leastBytes) { close(context) } else { watchAnswer(context) }
        }
    }

    /// How much of its answers the client has taken by now.
    private func taken(_ context: ChannelHandlerContext) -> Int {
        // What the system has taken tells little: it may buffer megabytes, and ask for more when a third of them is gone.
        isStream ? sent : TCPCounters.acknowledgedBytes(context.channel) ?? sent
    }

    /// A stream has no counter of the system's: its body goes out in pieces that are counted.
    private func send(_ buffer: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let size = min(16_384, max(1024, leastBytes))
        guard isStream, buffer.readableBytes > (context.channel.isWritable ? size : 0) else {
            send(.body(buffer), context, promise)
            return
        }
        var rest = buffer
        while let piece = rest.readSlice(length: min(rest.readableBytes, size)), piece.readableBytes > 0 {
            let done = context.eventLoop.makePromise(of: Void.self)
            let count = piece.readableBytes
            done.futureResult.assumeIsolated().whenSuccess { [self] in sent += count }
            if rest.readableBytes == 0 { done.futureResult.cascade(to: promise) }
            send(.body(piece), context, done)
        }
    }

    private func wait(_ reason: Reason, _ time: TimeAmount, _ context: ChannelHandlerContext) {
        if !isEnding { deadline?.set(reason, in: time, on: context.eventLoop) }
    }

    private func waited(_ reason: Reason, _ context: ChannelHandlerContext) {
        switch reason {
        case .idle: if unanswered == 0 { close(context) }
        case .lingering: if isReading { close(context) } else { wait(.idle, idleTimeout, context) }
        case .ending: close(context)
        }
    }

    /// Closes soon, whatever comes.
    private func end(_ context: ChannelHandlerContext) {
        wait(.ending, Self.lingering, context)
        isEnding = true
    }

    private func close(_ context: ChannelHandlerContext) {
        isClosing = true
        cancelTimers()
        context.close(promise: nil)
    }

    private func cancelTimers() {
        deadline?.cancel()
        receiveTimer?.cancel()
        sendTimer?.cancel()
    }
}
#endif
