#if PIP_HTTP
internal import NIOCore
internal import NIOHTTP1

/// Parses the requests of an HTTP/1 connection, including those after a request with `Upgrade`.
///
/// NIO's parser stops after such a request, because another protocol may follow, and buffers any further bytes. The
/// server ignores `Upgrade` (RFC 9110, 7.8), so a new parser continues.
struct HTTP1Decoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private let limits: NIOHTTPDecoderLimitConfiguration
    private var parser: HTTPRequestDecoder

    init(_ limits: HTTPServerLimits) {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.headerSize
        configuration.maxHeaderListSize = limits.headerSize
        configuration.maxHeaderFieldCount = 1000
        self.limits = configuration
        parser = HTTPRequestDecoder(limitConfiguration: configuration)
    }

    func decoderAdded(context: ChannelHandlerContext) { parser.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { parser.decoderRemoved(context: context) }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let state = try parser.decode(context: context, buffer: &buffer)
        guard buffer.readableBytes > 0, hasStopped(context) else { return state }
        parser.decoderRemoved(context: context)
        parser = HTTPRequestDecoder(limitConfiguration: limits)
        parser.decoderAdded(context: context)
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        try parser.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    // MARK: - Internal

    /// True if the parser has stopped and left bytes over. A running parser leaves bytes in the middle of a header,
    /// where the end of input is an error; a stopped one ignores it.
    private func hasStopped(_ context: ChannelHandlerContext) -> Bool {
        var nothing = ByteBuffer()
        return (try? parser.decodeLast(context: context, buffer: &nothing, seenEOF: true)) != nil
    }
}
#endif
