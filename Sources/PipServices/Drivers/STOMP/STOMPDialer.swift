#if PIP_ACTIVEMQ
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens STOMP channels.
enum STOMPDialer {
    /// Connects to a server and adds the handler. Tries all addresses of the host.
    /// - Throws: ``STOMPConnectionError``.
    static func connect(
        to server: BrokerServer, _ options: STOMPClientOptions, on loop: any EventLoop,
        _ owner: STOMPChannelHandler.Owner
    ) async throws(STOMPConnectionError) -> any Channel {
        let timeout = min(options.connectTimeout, .seconds(86_400))
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(timeout.inNanoseconds))
            .channelOption(ChannelOptions.socketOption(.so_keepalive), value: 1)
            .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // A child process that inherits the socket would keep the broker from redelivering unsettled
                    // messages.
                    CloseOnExec.set(channel)
                    if server.isEncrypted, let tls = options.tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(
                                context: tls, serverHostname: serverName(options.serverName ?? server.host)))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        STOMPChannelHandler(
                            options.login, limits: options.limits, handshakeTimeout: options.connectTimeout, owner))
                }
            }
        do {
            return try await bootstrap.connect(host: server.host, port: server.port).get()
        } catch {
            throw connectionError(error)
        }
    }

    /// Converts an error of NIO.
    static func connectionError(_ error: any Error) -> STOMPConnectionError {
        switch error {
        case let error as STOMPConnectionError: error
        case NIOSSLError.uncleanShutdown: STOMPConnectionError(reason: "the broker closed the connection")
        case let error as NIOSSLError:
            STOMPConnectionError(reason: "the TLS handshake failed: \(error)", kind: .tls)
        case let error as NIOSSLExtraError:
            STOMPConnectionError(reason: "the TLS handshake failed: \(error)", kind: .tls)
        case let error as NIOConnectionError:
            STOMPConnectionError(
                reason: error.connectionErrors.first.map { "\($0.error)" }
                    ?? error.dnsAError.map { "the host can't be resolved: \($0)" } ?? "\(error)")
        case ChannelError.connectTimeout: STOMPConnectionError(reason: "it did not answer in time")
        default: STOMPConnectionError(reason: "\(error)")
        }
    }

    // MARK: - Internal

    /// Server Name Indication must not contain an IP address.
    private static func serverName(_ host: String) -> String? {
        (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}
#endif
