#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// A connection without TLS: ``HTTP1Connection``.
struct PlainChannel: ServerChildChannel {
    private let http1: HTTP1Connection
    private let gate: ConnectionGate

    init(_ limits: HTTPServerLimits, _ gate: ConnectionGate, _ responder: @escaping HTTPChannelHandler.Responder) {
        self.gate = gate
        http1 = HTTP1Connection(limits, responder)
    }

    func setup(channel: any Channel, logger: Logging.Logger) -> EventLoopFuture<HTTP1Connection.Value> {
        channel.eventLoop.makeCompletedFuture {
            try gate.admit(channel, isSecure: false)
            return try http1.setup(channel, logger)
        }
    }

    func handle(value: HTTP1Connection.Value, logger: Logging.Logger) async { await http1.handle(value, logger) }
}
#endif
