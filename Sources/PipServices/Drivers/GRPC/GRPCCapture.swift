#if PIP_GRPC
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix

/// A transport that captures the stream handler of a `GRPCServer`, so that an endpoint can replace its methods while
/// the actual transport continues to listen.
final class GRPCCapture: ServerTransport {
    typealias Bytes = GRPCNIOTransportBytes
    typealias Handler = @Sendable (RPCStream<Inbound, Outbound>, ServerContext) async -> Void

    private let captured = Locked<Handler?>(nil)

    func listen(streamHandler: @escaping Handler) async throws { captured.withLock { $0 = streamHandler } }

    func beginGracefulShutdown() {}

    /// Returns the handler for the streams of a router's methods.
    static func handler(of router: RPCRouter<GRPCCapture>) async throws -> Handler {
        let transport = GRPCCapture()
        try await GRPCServer(transport: transport, router: router).serve()
        guard let handler = transport.captured.current else { throw CancellationError() }
        return handler
    }
}
#endif
