#if PIP_HTTP
import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import Testing

@testable import PipServices

/// The order of the handlers of a connection, which the protection relies on. A new version of Hummingbird or NIO that
/// changes it fails here.
@Suite struct ConnectionPipelineTests {
    private static let logger = Logging.Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let responder: HTTPChannelHandler.Responder = { _, _, _ in }

    /// The names of the handlers' types, from the socket to the server, without their generic parameters.
    private static func handlers(_ channel: NIOAsyncTestingChannel) -> [String] {
        channel.pipeline.debugDescription.split(separator: "\n").filter { $0.contains("↓↑ ") && $0.hasSuffix("]") }
            .map { line in
                let type = line.split { $0 == " " || $0 == "↓" || $0 == "↑" }.first ?? ""
                return String(type.prefix { $0 != "<" })
            }.filter { $0 != "[I]" }
    }

    private static func gate(connections: Int = 10) -> ConnectionGate {
        ConnectionGate(HTTPServerLimits(connections: connections))
    }

    /// Sets a connection up, then reads the names of its handlers.
    private func plain(_ gate: ConnectionGate) async throws -> [String] {
        let server = PlainChannel(HTTPServerLimits(), gate, Self.responder)
        let channel = NIOAsyncTestingChannel()
        let setup = try await channel.testingEventLoop.executeInContext {
            server.setup(channel: channel, logger: Self.logger)
        }
        let value = try await setup.get()
        let handlers = Self.handlers(channel)
        try await channel.close()
        try? await value.executeThenClose { _, _ in }
        return handlers
    }

    @Test("Without TLS, the order is limiter, parser, codec, guard")
    func plainOrder() async throws {
        #expect(
            try await plain(Self.gate()) == [
                "ReadAheadLimiter", "HTTPResponseEncoder", "ByteToMessageHandler", "HTTP1Codec",
                "ConnectionGuard", "HTTPConnectionStateHandler", "NIOAsyncChannelHandler",
            ])
    }

    @Test("A connection above the limit is refused before anything is parsed")
    func overloadedOrder() async throws {
        let gate = Self.gate(connections: 1)
        let held = NIOAsyncTestingChannel()
        try await held.testingEventLoop.executeInContext { try gate.admit(held, isSecure: false) }
        #expect(Self.handlers(held) == [])
        #expect(try await plain(gate).first == "OverloadedConnectionHandler")
        try await held.close()
        #expect(try await plain(gate).first == "ReadAheadLimiter")
    }

    @Test(
        "With TLS, the handshake guard follows TLS directly, and HTTP/1.1 is handled as without TLS",
        arguments: [
            (
                "http/1.1",
                [
                    "ReadAheadLimiter", "HTTPResponseEncoder", "ByteToMessageHandler", "HTTP1Codec",
                    "ConnectionGuard", "HTTPConnectionStateHandler", "NIOAsyncChannelHandler",
                ]
            ),
            ("h2", ["NIOHTTP2Handler", "NIOHTTP2ServerConnectionManagementHandler"]),
        ])
    func secureOrder(version: String, expected: [String]) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let server = SecureChannel(HTTPServerLimits(), Self.gate(), { context }, Self.responder)
        let channel = NIOAsyncTestingChannel()
        let setup = try await channel.testingEventLoop.executeInContext {
            server.setup(channel: channel, logger: Self.logger)
        }
        let value = try await setup.get()
        let outer = ["NIOSSLServerHandler", "SecureConnectionHandler"]
        #expect(Self.handlers(channel) == outer + ["NIOTypedApplicationProtocolNegotiationHandler"])
        try await channel.testingEventLoop.executeInContext {
            channel.pipeline.fireUserInboundEventTriggered(
                TLSUserEvent.handshakeCompleted(negotiatedProtocol: version))
        }
        let negotiated = try await value.negotiated.get()
        await channel.testingEventLoop.run()
        #expect(Self.handlers(channel) == outer + expected)
        try await channel.close()
        if case .http1_1(let connection) = negotiated { try? await connection.executeThenClose { _, _ in } }
    }
}
#endif
