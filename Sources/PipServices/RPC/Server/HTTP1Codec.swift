#if PIP_HTTP
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// Translates HTTP/1 messages to and from the types that HTTP/1 and HTTP/2 share.
///
/// These types have no version, so this handler keeps it. It determines the framing of responses and the lifetime of
/// the connection, using ``HTTP1StateMachine``. The last request of a connection is passed on with only `Connection:
/// close`, which Hummingbird looks for.
final class HTTP1Codec: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var machine = HTTP1StateMachine()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, context)
        case .body(let buffer): context.fireChannelRead(wrapInboundOut(.body(buffer)))
        case .end(let trailers):
            let fields = trailers.map { HTTPFields($0, splitCookie: false) }
            context.fireChannelRead(wrapInboundOut(.end(fields)))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): write(head, context, promise)
        case .body(let buffer):
            guard machine.sendsBody else {
                promise?.succeed()
                return
            }
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: promise)
        case .end(let trailers):
            machine.endResponse()
            context.write(wrapOutboundOut(.end(trailers.map(HTTPHeaders.init))), promise: promise)
        }
    }

    // MARK: - Internal

    private func read(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var head = head
        let request = HTTP1StateMachine.Request(head)
        machine.receive(request)
        if !request.isPersistent { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        if request.isHTTP10 {
            // HTTP/1.0 has no informational responses.
            head.headers.remove(name: "Expect")
            addHost(to: &head.headers, context)
        }
        do {
            let translated = try HTTPRequest(head, secure: false, splitCookie: false)
            context.fireChannelRead(wrapInboundOut(.head(translated)))
        } catch {
            context.fireErrorCaught(error)
        }
    }

    /// Adds the local address as the host if the client sends none, which HTTP/1.0 permits (RFC 9112, 3.3). Probes of
    /// load balancers do this.
    private func addHost(to headers: inout HTTPHeaders, _ context: ChannelHandlerContext) {
        guard !headers.contains(name: "Host"), let address = context.channel.localAddress, let port = address.port,
            let host = address.ipAddress
        else { return }
        headers.add(name: "Host", value: "\(ConnectionURI.bracketed(host)):\(port)")
    }

    private func write(_ head: HTTPResponse, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        var (hasLength, hasCoding, options) = (false, false, [String]())
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "content-length": hasLength = true
            case "transfer-encoding": hasCoding = true
            case "connection": options += FieldTokens.read(field.value)
            default: break
            }
        }
        let response = machine.beginResponse(
            status: head.status.code, hasLength: hasLength, closes: options.contains(sameAs: "close"))
        var translated = HTTPResponseHead(head)
        if hasCoding { translated.headers.remove(name: "Transfer-Encoding") }
        if hasLength, !response.mayHaveLength { translated.headers.remove(name: "Content-Length") }
        if response.isChunked { translated.headers.add(name: "Transfer-Encoding", value: "chunked") }
        if let connection = response.connection {
            translated.headers.replaceOrAdd(name: "Connection", value: connection.rawValue)
        }
        if response.connection == .close { context.fireUserInboundEventTriggered(LastResponse()) }
        context.write(wrapOutboundOut(.head(translated)), promise: promise)
    }
}

/// Signals that the response being written is the last one. An inbound pipeline event for ``ConnectionGuard``.
struct LastResponse: Sendable {}

extension HTTP1StateMachine.Request {
    fileprivate init(_ head: HTTPRequestHead) {
        self.init(
            isHTTP10: head.version.minor == 0, isHead: head.method == .HEAD,
            connection: head.headers["connection"].flatMap(FieldTokens.read),
            hasTransferCoding: head.headers.contains(name: "transfer-encoding"))
    }
}
#endif
