#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL

/// A TLS connection: ``HTTP1Connection`` or ``HTTP2Connection``, as negotiated.
///
/// Handlers are added in order. Hummingbird's channel for both versions allows no handlers between TLS and the parser.
struct SecureChannel: ServerChildChannel {
    typealias Negotiated = NIONegotiatedHTTPVersion<HTTP1Connection.Value, HTTP2Connection.Value>

    /// A connection and its negotiated protocol.
    struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        let channel: any Channel
    }

    private let limits: HTTPServerLimits
    private let gate: ConnectionGate
    private let tls: @Sendable () -> NIOSSLContext
    private let http1: HTTP1Connection
    private let http2: HTTP2Connection

    /// - Parameter tls: returns the TLS settings for a new connection.
    init(
        _ limits: HTTPServerLimits, _ gate: ConnectionGate, _ tls: @escaping @Sendable () -> NIOSSLContext,
        _ responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.limits = limits
        self.gate = gate
        self.tls = tls
        http1 = HTTP1Connection(limits, responder)
        http2 = HTTP2Connection(limits, responder)
    }

    func setup(channel: any Channel, logger: Logging.Logger) -> EventLoopFuture<Value> {
        // The time limit for the first header includes the handshake.
        let deadline = channel.eventLoop.now + TimeAmount(limits.headerTimeout)
        return channel.eventLoop.makeCompletedFuture {
            try gate.admit(channel, isSecure: true)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(NIOSSLServerHandler(context: tls()))
            try pipeline.addHandler(SecureConnectionHandler(limits, headerDeadline: deadline))
        }.flatMap {
            channel.configureHTTP2AsyncSecureUpgrade { channel in
                channel.eventLoop.makeCompletedFuture {
                    try http1.setup(channel, logger, headerDeadline: deadline)
                }
            } http2ConnectionInitializer: { channel in
                http2.setup(channel: channel, logger: logger)
            }
        }.map { Value(negotiated: $0, channel: channel) }
    }

    func handle(value: Value, logger: Logging.Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http1_1(let connection): await http1.handle(connection, logger)
            case .http2(let connection): await http2.handle(value: connection, logger: logger)
            }
        } catch {
            logger.debug("The TLS handshake failed: \(error)")
        }
    }
}
#endif
