#if PIP_HTTP
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// The ``RequestGuard`` of a connection without TLS. It also converts what the parser has read, in place of Hummingbird's
/// handler for that: every handler that each part goes through is felt.
final class HTTP1RequestGuard: RequestGuard, ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    override func makeRoom(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        _ = pipeline.removeHandler(try pipeline.handler(type: HTTP1ToHTTPServerCodec.self))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part: HTTPRequestPart
        switch unwrapInboundIn(data) {
        case .head(let head):
            do {
                part = .head(try Self.request(head))
            } catch {
                errorCaught(context: context, error: error)
                return
            }
        case .body(let buffer): part = .body(buffer)
        case .end(let trailers): part = .end(trailers.map { HTTPFields($0, splitCookie: false) })
        }
        if receive(part, context) { context.fireChannelRead(wrapInboundOut(part)) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        respond(unwrapOutboundIn(data), context, promise)
    }

    override func send(_ part: HTTPResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let converted: HTTPServerResponsePart =
            switch part {
            case .head(let head): .head(HTTPResponseHead(head))
            case .body(let buffer): .body(.byteBuffer(buffer))
            case .end(let trailers): .end(trailers.map { HTTPHeaders($0) })
            }
        context.write(wrapOutboundOut(converted), promise: promise)
    }

    // MARK: - Internal

    private static func request(_ head: HTTPRequestHead) throws -> HTTPRequest {
        // Only what is sent to a proxy has more than a path; to look for it takes longer than all else.
        guard head.uri.utf8.first == UInt8(ascii: "/") else {
            return try HTTPRequest(head, secure: false, splitCookie: false)
        }
        return HTTPRequest(
            method: try HTTPRequest.Method(head.method), scheme: "http", authority: head.headers.first(name: "host"),
            path: head.uri, headerFields: HTTPFields(head.headers, splitCookie: false))
    }
}
#endif
