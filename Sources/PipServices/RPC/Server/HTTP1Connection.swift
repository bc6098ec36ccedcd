#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// An HTTP/1.1 or HTTP/1.0 connection: Hummingbird's handlers after a parser and a codec of the toolkit.
///
/// Handlers are added in order: limiting, parsing, guarding. Hummingbird's own pipeline sends chunks to HTTP/1.0
/// clients, keeps their connections open, and stops parsing after a request with `Upgrade`.
struct HTTP1Connection {
    typealias Value = HTTP1Channel.Value

    private let limits: HTTPServerLimits
    private let http1: HTTP1Channel

    init(_ limits: HTTPServerLimits, _ responder: @escaping HTTPChannelHandler.Responder) {
        self.limits = limits
        http1 = HTTP1Channel(responder: responder)
    }

    /// Adds the handlers to a pipeline. Call it on the event loop.
    /// - Parameter headerDeadline: the deadline for the header of the first request; by default, the header timeout
    ///   after this call.
    func setup(_ channel: any Channel, _ logger: Logging.Logger, headerDeadline: NIODeadline? = nil) throws -> Value {
        let pipeline = channel.pipeline.syncOperations
        var encoding = HTTPResponseEncoder.Configuration()
        // The codec does this: the encoder knows neither `HEAD` nor HTTP/1.0.
        encoding.automaticallySetFramingHeaders = false
        try pipeline.addHandler(ReadAheadLimiter())
        try pipeline.addHandler(HTTPResponseEncoder(configuration: encoding))
        try pipeline.addHandler(ByteToMessageHandler(HTTP1Decoder(limits)))
        try pipeline.addHandler(HTTP1Codec())
        try pipeline.addHandler(ConnectionGuard(limits, headerDeadline: headerDeadline))
        try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
        return try Value(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// Handles the requests of a connection until it is closed.
    func handle(_ value: Value, _ logger: Logging.Logger) async { await http1.handle(value: value, logger: logger) }
}
#endif
