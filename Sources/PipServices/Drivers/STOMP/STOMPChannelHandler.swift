#if PIP_ACTIVEMQ
internal import NIOCore

/// Connects a ``STOMPSession`` with a channel: passes frames and the time to it, and sends the engine's frames.
final class STOMPChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// An event, triggered from any thread, that makes the handler send the engine's frames.
    struct Flush: Sendable {}

    /// The handler's interface to its engine. All closures are called on the event loop.
    struct Owner: Sendable {
        /// The session is open.
        var onOpen: @Sendable (STOMPVersion, any Channel) -> Void
        /// Called with a received message. Returns false to reject it, which ends the session.
        var onMessage: @Sendable (STOMPFrame) -> Bool
        var onReceipt: @Sendable (String) -> Void
        /// Returns the next bytes to send; nil if there are none.
        var next: @Sendable () -> ByteBuffer?
        /// True while calls wait for their receipts.
        var isWaiting: @Sendable () -> Bool
        /// Called once, when the session has ended.
        var onEnd: @Sendable (End) -> Void
    }

    /// The reason that a session has ended.
    struct End: Sendable, Equatable {
        var error: STOMPConnectionError
        /// The receipt of the call that the broker rejected.
        var receipt: String?
        /// True if the broker sent an ERROR frame.
        var isRefusal = false
    }

    private let login: STOMPSession.Login
    private let owner: Owner
    private let handshakeTimeout: Duration
    private var session: STOMPSession?
    private var decoder: STOMPDecoder
    private var isOpen = false
    private var hasEnded = false
    private var timer: Scheduled<Void>?
    private var timerEnd: Duration?

    init(
        _ login: STOMPSession.Login, limits: STOMPDecoder.Limits, handshakeTimeout: Duration, _ owner: Owner
    ) {
        self.login = login
        self.owner = owner
        self.handshakeTimeout = handshakeTimeout
        decoder = STOMPDecoder(limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded else { return }
        session?.noteInput(at: now(context))
        decoder.append(unwrapInboundIn(data))
        do throws(STOMPProtocolError) {
            while !hasEnded, let frame = try decoder.next() { try receive(frame, context) }
        } catch {
            end(context, End(error: STOMPConnectionError(reason: "the broker violated STOMP: \(error)")))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // After a receipt, further calls can be sent.
        flush(context)
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, End(error: STOMPConnectionError(reason: "the broker closed the connection")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, End(error: STOMPDialer.connectionError(error)))
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Flush else { return context.triggerUserOutboundEvent(event, promise: promise) }
        flush(context)
        promise?.succeed()
    }

    // MARK: - Internal

    private func now(_ context: ChannelHandlerContext) -> Duration {
        .nanoseconds(Int64(clamping: context.eventLoop.now.uptimeNanoseconds))
    }

    private func start(_ context: ChannelHandlerContext) {
        guard session == nil else { return }
        let session = STOMPSession(login, at: now(context))
        self.session = session
        var bytes = context.channel.allocator.buffer(capacity: 256)
        do throws(STOMPProtocolError) {
            try STOMPEncoder.encode(session.connectFrame, .version10, into: &bytes)
        } catch {
            return end(context, End(error: STOMPConnectionError(reason: "\(error)", kind: .refused)))
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        setTimer(context, now(context).adding(timeout: handshakeTimeout))
    }

    private func receive(_ frame: STOMPFrame, _ context: ChannelHandlerContext) throws(STOMPProtocolError) {
        switch try session?.receive(frame) ?? .ignored {
        case .connected(let version):
            decoder.version = version
            isOpen = true
            owner.onOpen(version, context.channel)
            flush(context)
        case .message(let frame):
            guard !owner.onMessage(frame) else { return }
            throw STOMPProtocolError("it sends more messages than were asked for")
        case .receipt(let id): owner.onReceipt(id)
        case .refused(let reason, let receipt):
            let kind: STOMPConnectionError.Kind = isOpen ? .temporary : .refused
            end(
                context,
                End(error: STOMPConnectionError(reason: reason, kind: kind), receipt: receipt, isRefusal: true))
        case .ignored: break
        }
    }

    /// Sends the engine's frames while the socket accepts them.
    private func flush(_ context: ChannelHandlerContext) {
        guard isOpen, !hasEnded else { return }
        var hasWritten = false
        while context.channel.isWritable, let bytes = owner.next() {
            context.write(wrapOutboundOut(bytes), promise: nil)
            hasWritten = true
        }
        let now = now(context)
        if hasWritten {
            session?.noteOutput(at: now)
            context.flush()
        }
        session?.noteWaiting(owner.isWaiting(), at: now)
        setTimer(context, session?.nextTick)
    }

    private func tick(_ context: ChannelHandlerContext) {
        timerEnd = nil
        guard !hasEnded else { return }
        guard isOpen else {
            return end(
                context,
                End(
                    error: STOMPConnectionError(
                        reason: "the broker did not answer within \(handshakeTimeout.wholeMilliseconds) ms")))
        }
        switch session?.tick(at: now(context)) ?? .nothing {
        case .nothing: break
        case .sendHeartBeat:
            context.writeAndFlush(
                wrapOutboundOut(context.channel.allocator.buffer(integer: UInt8(ascii: "\n"))), promise: nil)
            session?.noteOutput(at: now(context))
        case .lost(let reason): return end(context, End(error: STOMPConnectionError(reason: reason)))
        }
        setTimer(context, session?.nextTick)
    }

    /// Schedules the next tick. An earlier scheduled tick stays and then has no effect.
    private func setTimer(_ context: ChannelHandlerContext, _ time: Duration?) {
        guard let time, time < .never else { return }
        if let timerEnd, timerEnd <= time { return }
        timer?.cancel()
        timerEnd = time
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(clamping: max(time, .zero).inNanoseconds))
        ) {
            handler.value.tick(context.value)
        }
    }

    private func end(_ context: ChannelHandlerContext, _ end: End) {
        guard !hasEnded else { return }
        hasEnded = true
        timer?.cancel()
        owner.onEnd(end)
        context.close(promise: nil)
    }
}
#endif
