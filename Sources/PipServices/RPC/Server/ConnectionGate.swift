#if PIP_HTTP
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOSSL
import Glibc

/// Counts the connections of a server, and turns away those that are too many.
final class ConnectionGate: Sendable {
    let limits: HTTPServerLimits
    private let most: Int
    private let channels = Locked<[ObjectIdentifier: any Channel]>([:])

    init(_ limits: HTTPServerLimits) {
        self.limits = limits
        most = min(limits.connections, Self.descriptors)
    }

    /// Lets a connection in, until it is closed.
    func enter(_ channel: any Channel) -> Bool {
        let count = channels.withLock { channels in
            channels[ObjectIdentifier(channel)] = channel
            return channels.count
        }
        channel.closeFuture.whenComplete { [self] _ in channels.withLock { $0[ObjectIdentifier(channel)] = nil } }
        return count <= most
    }

    /// Closes all connections, whatever is under way on them.
    func closeAll() {
        for channel in channels.current.values {
            channel.triggerUserOutboundEvent(ConnectionAbort(), promise: nil)
            channel.close(promise: nil)
        }
    }

    /// A server that runs out of descriptors can't even turn connections away: some are kept for all else.
    private static var descriptors: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return limit.rlim_cur > UInt64(Int.max) ? .max : max(16, Int(limit.rlim_cur) * 9 / 10 - 32)
    }
}

/// Tells a connection that it ends, whatever is under way.
struct ConnectionAbort: Sendable {}

/// A channel of Hummingbird's behind a gate.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    private let base: Base
    private let gate: ConnectionGate
    private let isSecure: Bool

    init(_ base: Base, _ gate: ConnectionGate, isSecure: Bool = false) {
        self.base = base
        self.gate = gate
        self.isSecure = isSecure
    }

    func setup(channel: any Channel, logger: Logging.Logger) -> EventLoopFuture<Base.Value> {
        let isFree = gate.enter(channel)
        let limits = gate.limits
        return base.setup(channel: channel, logger: logger).flatMapThrowing { [isSecure] value in
            let pipeline = channel.pipeline.syncOperations
            if !isFree {
                try pipeline.addHandler(TurnedAway(saysWhy: !isSecure), position: .first)
            } else if isSecure {
                // Behind TLS and before what it is upgraded to, which is there when the handshake is over.
                let tls = try pipeline.handler(type: NIOSSLServerHandler.self)
                try pipeline.addHandler(ConnectionWatch(limits), position: .after(tls))
            }
            return value
        }
    }

    func handle(value: Base.Value, logger: Logging.Logger) async { await base.handle(value: value, logger: logger) }
}

/// Answers a connection that is too many, and closes it.
private final class TurnedAway: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let saysWhy: Bool

    init(saysWhy: Bool) { self.saysWhy = saysWhy }

    func channelActive(context: ChannelHandlerContext) {
        if saysWhy {
            let answer =
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
        }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}

extension HTTPServerTLS {
    /// The settings of NIO's TLS.
    /// - Throws: Misconfiguration `BAD_CERTIFICATE` for files that can't be read or are none of a certificate and its
    ///   key.
    func configuration() throws(ApplicationError) -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
            guard !chain.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            if let authorityFile {
                configuration.trustRoots = .file(authorityFile)
                configuration.certificateVerification =
                    requiresClient ? .noHostnameVerification : .optionalVerification
            }
            // Checks that key and certificate belong together.
            _ = try NIOSSLContext(configuration: configuration)
            return configuration
        } catch {
            throw .config(
                code: "BAD_CERTIFICATE",
                "Can't serve HTTPS with the certificate '\(certificateFile)' and the key '\(keyFile)'", cause: error)
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        self = .nanoseconds(Int64(min(9e18, max(0, duration.milliseconds * 1_000_000))))
    }
}
#endif
