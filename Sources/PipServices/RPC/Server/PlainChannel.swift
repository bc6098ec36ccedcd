#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// A connection without TLS: Hummingbird's HTTP/1.1, with the handlers that protect it.
///
/// Every handler is added behind those before it: the bytes are limited first, then parsed; ``ConnectionGuard`` is one of
/// the additional handlers of Hummingbird, which stand between its codec and its own handlers.
struct PlainChannel: ServerChildChannel {
    private let http1: HTTP1Channel
    private let gate: ConnectionGate

    init(_ limits: HTTPServerLimits, _ gate: ConnectionGate, _ responder: @escaping HTTPChannelHandler.Responder) {
        self.gate = gate
        http1 = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionGuard(limits)], httpDecoderConfiguration: limits.decoder))
    }

    func setup(channel: any Channel, logger: Logging.Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            try gate.admit(channel, isSecure: false)
            try channel.pipeline.syncOperations.addHandler(ReadAheadLimiter())
        }.flatMap { http1.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logging.Logger) async {
        await http1.handle(value: value, logger: logger)
    }
}

extension HTTPServerLimits {
    /// The limits of the HTTP/1.1 parser.
    var decoder: HTTP1Channel.Configuration.DecoderConfiguration {
        HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: headerSize, maxHeaderListSize: headerSize, maxHeaderFieldCount: 1000)
    }
}
#endif
