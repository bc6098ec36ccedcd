#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOHTTPTypesHTTP2

/// An HTTP/2 connection. Its streams are handled like HTTP/1.1 requests.
///
/// Hummingbird's channel passes no limits to NIO, and NIO's defaults disconnect well-behaved clients: libcurl resets
/// each completed stream, and NIO allows 200 resets in 30 s. The limits below bound the cost of a connection at any
/// moment; the number of its requests is unlimited. ``SecureConnectionStateMachine`` limits how many streams a client
/// may abort.
struct HTTP2Connection: ServerChildChannel {
    typealias Stream = HTTP1Channel.Value

    /// A connection and the sequence of its streams.
    struct Value: ServerChildChannelValue {
        let streams: NIOHTTP2Handler.AsyncStreamMultiplexer<Stream>
        let channel: any Channel
    }

    private let limits: HTTPServerLimits
    /// Handles the single request of a stream.
    private let http1: HTTP1Channel

    init(_ limits: HTTPServerLimits, _ responder: @escaping HTTPChannelHandler.Responder) {
        self.limits = limits
        http1 = HTTP1Channel(responder: responder)
    }

    func setup(channel: any Channel, logger: Logging.Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let manager = NIOHTTP2ServerConnectionManagementHandler(
                eventLoop: channel.eventLoop,
                // The endpoint limits the time of a shutdown.
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

    /// The limits of a connection.
    private static var configuration: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        // The number of possible streams: frames of a reset stream may still be in transit.
        configuration.connection.maximumRecentlyResetStreams = 100
        // For the whole connection. `streamErrorRateLimit` limits the rate.
        configuration.connection.maximumConnectionGlitches = .max
        // NIO stores a timestamp for each, so the numbers are small.
        configuration.connection.controlFrameRateLimit.maximumCount = 500
        configuration.connection.controlFrameRateLimit.windowLength = .milliseconds(25)
        configuration.stream.streamResetFrameRateLimit.maximumCount = 1000
        configuration.stream.streamResetFrameRateLimit.windowLength = .milliseconds(100)
        configuration.stream.streamErrorRateLimit.maximumCount = 400
        configuration.stream.streamErrorRateLimit.windowLength = .seconds(10)
        return configuration
    }
}

/// Closes an HTTP/2 connection after the server reported a protocol error.
///
/// NIO reports such an error like one of a single stream; only the GOAWAY frame tells them apart.
private struct GoAwayDelegate: NIOHTTP2FrameDelegate {
    let channel: any Channel

    func wroteFrame(_ frame: HTTP2Frame) {
        guard case .goAway(_, let code, _) = frame.payload, code != .noError else { return }
        // After the frame is flushed.
        channel.eventLoop.execute { [channel] in channel.close(promise: nil) }
    }
}
#endif
