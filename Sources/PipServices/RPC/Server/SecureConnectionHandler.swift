#if PIP_HTTP
internal import NIOCore
internal import NIOTLS

/// Closes a TLS connection whose handshake takes too long, or an HTTP/2 connection without streams.
///
/// NIO sends GOAWAY to an idle HTTP/2 client and waits for the client without a limit. This handler closes the
/// connection 2 s later, so that a silent client neither occupies a connection nor delays shutdown. Each stream has its
/// own ``ConnectionGuard``. A client that keeps aborting its streams is disconnected, because each stream costs the
/// server work.
///
/// The handler is located directly after TLS. It translates channel events into those of
/// ``SecureConnectionStateMachine``.
final class SecureConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Any

    private static let lingering = TimeAmount.seconds(2)
    /// The number of HTTP/2 bytes passed on at once.
    private static let pieceSize = 4096

    private var machine = SecureConnectionStateMachine()
    private let headerDeadline: NIODeadline
    private let idleTimeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var timer: ReusableTimer?
    /// The open HTTP/2 streams.
    private var streams: [ObjectIdentifier: any Channel] = [:]

    /// - Parameter headerDeadline: the deadline for the header of the first request.
    init(_ limits: HTTPServerLimits, headerDeadline: NIODeadline) {
        self.headerDeadline = headerDeadline
        idleTimeout = TimeAmount(limits.idleTimeout)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = ReusableTimer(on: context.eventLoop) { [self] in handle(.waitEnded, context) }
        timer?.set(headerDeadline)
    }

    func handlerRemoved(context: ChannelHandlerContext) { release() }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard machine.isHTTP2 else { return context.fireChannelRead(data) }
        // One read may contain thousands of aborted streams: input after the limit is dropped.
        var rest = unwrapInboundIn(data)
        while machine.acceptsInput, rest.readableBytes > 0,
            let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceSize))
        {
            context.fireChannelRead(wrapInboundOut(piece))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case StreamEvent.opened(let stream):
            streams[ObjectIdentifier(stream)] = stream
            handle(.streamOpened, context)
        case StreamEvent.closed(let stream, let isAnswered):
            streams[ObjectIdentifier(stream)] = nil
            let now = Duration.nanoseconds(context.eventLoop.now.uptimeNanoseconds)
            handle(isAnswered ? .streamClosed : .streamAborted(at: now), context)
        case TLSUserEvent.handshakeCompleted(let version):
            handle(.handshakeCompleted(isHTTP2: version == "h2"), context)
            context.fireUserInboundEventTriggered(event)
        case is ChannelShouldQuiesceEvent:
            handle(.shutdownStarted, context)
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is ConnectionAbort {
            // A stream without any part of a response is answered with 503, another one is reset.
            for stream in Array(streams.values) { stream.triggerUserOutboundEvent(ConnectionAbort(), promise: nil) }
            handle(.abortRequested, context)
        }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all {
            handle(.closeRequested, context, promise)
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    // MARK: - Internal

    private func handle(
        _ event: SecureConnectionStateMachine.Event, _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>? = nil
    ) {
        for action in machine.handle(event) {
            switch action {
            case .wait(.stream): timer?.set(in: idleTimeout + Self.lingering)
            case .wait(.clientClose): timer?.set(in: Self.lingering)
            case .stopWaiting: timer?.stop()
            case .close: context.close(promise: promise)
            case .closeSoon:
                context.eventLoop.assumeIsolated().execute { [self] in
                    if let context = self.context {
                        context.close(promise: promise)
                    } else {
                        promise?.fail(ChannelError.alreadyClosed)
                    }
                }
            }
        }
    }

    private func release() {
        timer?.cancel()
        timer = nil
        context = nil
        streams = [:]
    }
}

/// A stream's state change, as an inbound event in the pipeline of its HTTP/2 connection.
enum StreamEvent: Sendable {
    case opened(any Channel)
    /// - Parameter isAnswered: true if the end of its response was written.
    case closed(any Channel, isAnswered: Bool)
}
#endif
