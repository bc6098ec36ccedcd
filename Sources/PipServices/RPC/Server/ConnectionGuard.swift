#if PIP_HTTP
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Protects an HTTP/1.1 connection or an HTTP/2 stream from slow and ambiguous requests.
///
/// It refuses requests that a proxy could interpret differently. It closes a connection if the client takes too long
/// for a request header, sends a body too slowly or does not read its responses; Hummingbird's own timeout restarts
/// with every byte. It also handles `Expect: 100-continue`, and closes a connection after its last response.
///
/// The handler is located between the HTTP codec and Hummingbird's handlers. It translates channel events into those of
/// ``ConnectionGuardStateMachine`` and carries out the actions.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var machine: ConnectionGuardStateMachine
    private let headerDeadline: NIODeadline?
    private let headerTimeout: TimeAmount
    private let idleTimeout: TimeAmount
    private let interval: TimeAmount
    private var requestRate: SlowBodyDetection
    private var responseRate: SlowBodyDetection
    /// The number of received body bytes.
    private var received = 0
    /// The number of response bytes sent on an HTTP/2 stream.
    private var sent = 0
    /// The promise of the close that waits until all responses are flushed.
    private var closePromise: EventLoopPromise<Void>?
    private var timers: Timers?
    /// True while this stream is counted by its connection.
    private var isCounted = false

    /// The timers of a guard in a pipeline.
    private struct Timers {
        let wait: ReusableTimer
        let request: ReusableTimer
        let responses: ReusableTimer

        func cancel() {
            for timer in [wait, request, responses] { timer.cancel() }
        }
    }

    /// - Parameters:
    ///   - limits: the limits of the endpoint.
    ///   - isStream: true for an HTTP/2 stream.
    ///   - headerDeadline: the deadline for the header of the first request; by default, the header timeout after the
    ///     guard was added to a pipeline.
    init(_ limits: HTTPServerLimits, isStream: Bool = false, headerDeadline: NIODeadline? = nil) {
        machine = ConnectionGuardStateMachine(isStream: isStream)
        self.headerDeadline = headerDeadline
        headerTimeout = TimeAmount(limits.headerTimeout)
        idleTimeout = TimeAmount(limits.idleTimeout)
        interval = TimeAmount(limits.transferTimeout)
        requestRate = SlowBodyDetection(rate: limits.minRate, interval: limits.transferTimeout)
        responseRate = requestRate
    }

    // MARK: - Life

    func handlerAdded(context: ChannelHandlerContext) {
        let eventLoop = context.eventLoop
        let timers = Timers(
            wait: ReusableTimer(on: eventLoop) { [self] in handle(.waitEnded, context) },
            request: ReusableTimer(on: eventLoop) { [self] in
                handle(.requestIntervalEnded(isTooSlow: requestRate.isTooSlow(at: received)), context)
            },
            responses: ReusableTimer(on: eventLoop) { [self] in
                let isTooSlow = responseRate.isTooSlow(at: acknowledgedBytes(context), mustMove: true)
                handle(.responseIntervalEnded(isTooSlow: isTooSlow, isWritable: context.channel.isWritable), context)
            })
        self.timers = timers
        timers.wait.set(headerDeadline ?? eventLoop.now + headerTimeout)
        if machine.isStream {
            isCounted = true
            context.channel.parent?.pipeline.fireUserInboundEventTriggered(StreamEvent.opened(context.channel))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timers?.cancel()
        timers = nil
        closePromise?.fail(ChannelError.alreadyClosed)
        closePromise = nil
        noteClosed(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timers?.cancel()
        handle(.closed, context)
        // Not deferred: handlers are removed only after all input is processed.
        noteClosed(context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The server answers non-HTTP input with 400, but must not do so after the last response.
        let isExpected = machine.acceptsRequests
        handle(.parseError, context)
        if isExpected { context.fireErrorCaught(error) }
    }

    // MARK: - Inbound

    func read(context: ChannelHandlerContext) {
        handle(.readRequested, context)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            handle(.requestHead(RequestFraming.read(head, isStream: machine.isStream)), context)
        case .body(let buffer):
            received += buffer.readableBytes
            handle(.requestBody(buffer.readableBytes), context)
        case .end: handle(.requestEnd, context)
        }
        if machine.acceptsRequests { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handle(.readComplete, context)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: handle(.shutdownStarted, context)
        case is LastResponse: return handle(.lastResponse, context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard machine.acceptsResponses else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): write(head, context, promise)
        case .body(let buffer): write(buffer, context, promise)
        case .end:
            handle(.responseEnd, context)
            let promise = promise ?? context.eventLoop.makePromise()
            promise.futureResult.assumeIsolated().whenComplete { [self] _ in handle(.responseFlushed, context) }
            context.write(data, promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        handle(.flush, context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        handle(.writabilityChanged(isWritable: context.channel.isWritable), context)
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: context.close(mode: mode, promise: promise)
        case .output:
            // After all responses are flushed.
            handle(.outputCloseRequested, context)
            promise?.succeed()
        case .all:
            if let closePromise {
                closePromise.futureResult.cascade(to: promise)
            } else {
                closePromise = promise ?? context.eventLoop.makePromise()
            }
            handle(.closeRequested, context)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case is ConnectionAbort: handle(.abortRequested, context)
        case is BodyRequest:
            handle(.bodyRequested, context)
            promise?.succeed()
            return
        default: break
        }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    // MARK: - Internal

    private func handle(_ event: ConnectionGuardStateMachine.Event, _ context: ChannelHandlerContext) {
        for action in machine.handle(event) { carryOut(action, context) }
    }

    private func noteClosed(_ context: ChannelHandlerContext) {
        guard isCounted else { return }
        isCounted = false
        let event = StreamEvent.closed(context.channel, isAnswered: machine.isAnswered)
        context.channel.parent?.pipeline.fireUserInboundEventTriggered(event)
    }

    private func carryOut(_ action: ConnectionGuardStateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .wait(.requestHead): timers?.wait.set(in: idleTimeout)
        // Closing a connection with unread input resets it, and the client may lose its response.
        case .wait(.restOfRequest), .wait(.clientClose): timers?.wait.set(in: .seconds(2))
        case .stopWaiting: timers?.wait.stop()
        case .watchRequest:
            requestRate.start(at: received)
            timers?.request.set(in: interval)
        case .stopWatchingRequest: timers?.request.stop()
        case .watchResponses:
            responseRate.start(at: acknowledgedBytes(context))
            timers?.responses.set(in: interval)
        case .stopWatchingResponses: timers?.responses.stop()
        case .readAhead(let size): context.triggerUserOutboundEvent(size, promise: nil)
        case .bufferFewResponses:
            // A small response needs more memory than its bytes: NIO's 64 KB take more than 100 KB per client.
            let mark = ChannelOptions.Types.WriteBufferWaterMark(low: 4096, high: 8192)
            try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
        case .read: context.read()
        case .sendContinue:
            context.write(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            context.flush()
        case .refuse(let status): refuse(status, context)
        case .failRequestBody: context.fireErrorCaught(ChannelError.inputClosed)
        case .closeOutput: context.close(mode: .output, promise: nil)
        case .performClose:
            let promise = closePromise
            closePromise = nil
            context.close(promise: promise)
        case .close:
            timers?.cancel()
            context.close(promise: nil)
        }
    }

    private func write(_ head: HTTPResponse, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        handle(.responseHead(isFinal: head.status.kind != .informational), context)
        var head = head
        if machine.announcesClose { head.headerFields[.connection] = "close" }
        if machine.isStream {
            // A stream has no connection of its own: clients reject responses with these fields (RFC 9113, 8.2.2).
            head.headerFields.removeAll { Self.connectionFields.contains(sameAs: $0.name.canonicalName) }
            if head.status == .noContent { head.headerFields[.contentLength] = nil }
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Writes a chunk of a body. A stream's chunk is split, and the parts are counted when sent: the system has no
    /// counters per stream.
    private func write(_ buffer: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let size = responseRate.pieceSize
        guard machine.isStream, buffer.readableBytes > (context.channel.isWritable ? size : 0) else {
            context.write(wrapOutboundOut(.body(buffer)), promise: promise)
            return
        }
        var rest = buffer
        while let piece = rest.readSlice(length: min(rest.readableBytes, size)), piece.readableBytes > 0 {
            let done = context.eventLoop.makePromise(of: Void.self)
            let count = piece.readableBytes
            done.futureResult.assumeIsolated().whenSuccess { [self] in sent += count }
            if rest.readableBytes == 0 { done.futureResult.cascade(to: promise) }
            context.write(wrapOutboundOut(.body(piece)), promise: done)
        }
    }

    private static let connectionFields = [
        "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade",
    ]

    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        var head = HTTPResponse(status: status, headerFields: [.contentLength: "0"])
        if !machine.isStream { head.headerFields[.connection] = "close" }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    /// The number of response bytes that the client has acknowledged.
    private func acknowledgedBytes(_ context: ChannelHandlerContext) -> Int {
        // The bytes accepted by the system mean little: it may buffer megabytes.
        machine.isStream ? sent : TCPCounters.acknowledgedBytes(context.channel) ?? sent
    }
}

/// Signals that the service starts reading a request's body. An outbound pipeline event for ``ConnectionGuard``.
struct BodyRequest: Sendable {}
#endif
