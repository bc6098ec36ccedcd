#if PIP_HTTP
internal import NIOCore
internal import NIOTLS

/// Closes a connection of TLS whose client takes too long: for the handshake, and as long as a connection of HTTP/2 has no
/// stream.
///
/// Hummingbird tells an idle client of HTTP/2 that the connection ends, and waits for its answer, without a bound. This
/// closes it a little later in any case, so that a silent client neither keeps a connection nor holds up the end of the
/// service. Streams have a ``RequestGuard`` each.
///
/// It also sees to it that the last answer goes out: Hummingbird closes a connection of HTTP/2 that drains once the end
/// of that answer is written, before it is flushed.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    /// How long a client may take to agree that the connection ends.
    private static let lingering = TimeAmount.seconds(2)

    /// Until when the header of the first request must have come.
    private let deadline: NIODeadline
    private let idleTimeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var streams = 0
    private var isDraining = false
    private var isHandshakeOver = false
    private var hasStreams = false
    private var isAborted = false

    init(_ limits: HTTPServerLimits) {
        deadline = .now() + TimeAmount(limits.headerTimeout)
        idleTimeout = TimeAmount(limits.idleTimeout)
    }

    /// How much of the time for the header of the first request is left.
    var timeLeft: TimeAmount { max(.zero, deadline - .now()) }

    /// A stream of the connection began.
    func streamOpened() {
        streams += 1
        timer?.cancel()
    }

    /// A stream of the connection ended.
    func streamClosed() {
        streams -= 1
        if streams == 0 { close(in: isDraining ? Self.lingering : idleTimeout + Self.lingering) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        close(in: timeLeft)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            isHandshakeOver = true
            hasStreams = negotiated == "h2"
            // Else a guard watches the connection itself.
            if !hasStreams { timer?.cancel() }
        } else if event is ChannelShouldQuiesceEvent {
            isDraining = true
            if !isHandshakeOver {
                context.close(promise: nil)
            } else if hasStreams, streams == 0 {
                close(in: Self.lingering)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is ConnectionAbort { isAborted = true }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard hasStreams, mode == .all, !isAborted else {
            context.close(mode: mode, promise: promise)
            return
        }
        // Who closes may be in the midst of writing, and flushes behind that, when TLS would take nothing any more.
        context.eventLoop.assumeIsolated().execute { [self] in
            if let context = self.context {
                context.close(mode: mode, promise: promise)
            } else {
                promise?.fail(ChannelError.alreadyClosed)
            }
        }
    }

    // MARK: - Internal

    private func close(in time: TimeAmount) {
        timer?.cancel()
        guard let context else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }
}
#endif
