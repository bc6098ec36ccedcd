#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOHTTPTypesHTTP2

/// A connection of HTTP/2, whose streams are answered like requests of HTTP/1.1.
///
/// Hummingbird's own channel passes no limits on to NIO. Those of NIO end the connection of a client that behaves well:
/// libcurl resets each stream that was answered, and NIO allows 200 of these frames in 30 s. The limits below bound what one
/// connection costs in a moment; how many requests it may carry in its life has no bound. How many streams a client may
/// abort is bounded by ``SecureConnectionStateMachine``.
struct HTTP2Connection: ServerChildChannel {
    typealias Stream = HTTP1Channel.Value

    /// A connection and the sequence of its streams.
    struct Value: ServerChildChannelValue {
        let streams: NIOHTTP2Handler.AsyncStreamMultiplexer<Stream>
        let channel: any Channel
    }

    private let limits: HTTPServerLimits
    /// Answers the requests of a stream, of which there is one.
    private let http1: HTTP1Channel

    init(_ limits: HTTPServerLimits, _ responder: @escaping HTTPChannelHandler.Responder) {
        self.limits = limits
        http1 = HTTP1Channel(responder: responder)
    }

    func setup(channel: any Channel, logger: Logging.Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let manager = NIOHTTP2ServerConnectionManagementHandler(
                eventLoop: channel.eventLoop,
                // The endpoint bounds how long a shutdown takes.
                configuration: .init(
                    maxIdleTime: TimeAmount(limits.idleTimeout), maxAge: nil, maxGraceTime: nil, keepalive: nil))
            let streams = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
                mode: .server, streamDelegate: manager.http2StreamDelegate,
                frameDelegate: GoAwayDelegate(channel: channel), configuration: Self.configuration
            ) { stream in
                stream.eventLoop.makeCompletedFuture {
                    let pipeline = stream.pipeline.syncOperations
                    try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                    try pipeline.addHandler(ConnectionGuard(limits, isStream: true))
                    return try Stream(wrappingChannelSynchronously: stream)
                }
            }
            try channel.pipeline.syncOperations.addHandler(manager)
            return Value(streams: streams, channel: channel)
        }
    }

    func handle(value: Value, logger: Logging.Logger) async {
        do {
            try await withThrowingDiscardingTaskGroup { group in
                for try await stream in value.streams.inbound {
                    group.addTask { await http1.handle(value: stream, logger: logger) }
                }
            }
        } catch {
            logger.debug("A connection of HTTP/2 failed: \(error)")
        }
    }

    // MARK: - Internal

    /// The limits of one connection.
    private static var configuration: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        // As many as there may be streams: frames of a stream that was reset may still be on their way.
        configuration.connection.maximumRecentlyResetStreams = 100
        // In the whole life of a connection. `streamErrorRateLimit` bounds their rate.
        configuration.connection.maximumConnectionGlitches = .max
        // NIO keeps the time of each of them, so the numbers are small.
        configuration.connection.controlFrameRateLimit.maximumCount = 500
        configuration.connection.controlFrameRateLimit.windowLength = .milliseconds(25)
        configuration.stream.streamResetFrameRateLimit.maximumCount = 1000
        configuration.stream.streamResetFrameRateLimit.windowLength = .milliseconds(100)
        configuration.stream.streamErrorRateLimit.maximumCount = 400
        configuration.stream.streamErrorRateLimit.windowLength = .seconds(10)
        return configuration
    }
}

/// Closes a connection of HTTP/2 after the server told the client that it broke the protocol.
///
/// NIO reports such an error like one of a single stream, after which the others go on: only the GOAWAY frame tells them
/// apart.
private struct GoAwayDelegate: NIOHTTP2FrameDelegate {
    let channel: any Channel

    func wroteFrame(_ frame: HTTP2Frame) {
        guard case .goAway(_, let code, _) = frame.payload, code != .noError else { return }
        // After the frame was flushed.
        channel.eventLoop.execute { [channel] in channel.close(promise: nil) }
    }
}
#endif
