#if PIP_HTTP
internal import NIOCore
internal import NIOHTTP1

/// Parses the requests of a connection of HTTP/1, also those that follow a request with `Upgrade`.
///
/// NIO's parser stops behind such a request, since the bytes that follow may be of another protocol: they would be held,
/// however many they are. The server ignores `Upgrade` (RFC 9110, 7.8), so a new parser goes on there.
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

    /// True if the parser, which left bytes, has stopped. One that goes on left them in the middle of a header, where the
    /// end of the input is an error, which does not change its state; one that has stopped does not care.
    private func hasStopped(_ context: ChannelHandlerContext) -> Bool {
        var nothing = ByteBuffer()
        return (try? parser.decodeLast(context: context, buffer: &nothing, seenEOF: true)) != nil
    }
}
#endif
