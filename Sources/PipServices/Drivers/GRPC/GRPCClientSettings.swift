#if PIP_GRPC
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore

/// The settings of a ``GRPCClient``, except those of its connection and its limits.
final class GRPCClientSettings: Component {
    private let connectTimeoutSetting = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The maximum time for which a call waits for a connection, in ms; 0 for no limit")
    private let requestMaxSize = Setting(
        "options.request_max_size", default: 4_194_304, in: 0...,
        "The maximum size of a request message, in bytes; 0 for no limit")
    private let responseMaxSize = Setting(
        "options.response_max_size", default: 67_108_864, in: 0...2_147_483_647,
        "The maximum size of a reply message, in bytes, decompressed; 0 for no limit")
    private let compression = Setting(
        "options.compression", default: false, "True to compress requests with gzip, for slow networks")
    private let serverName = Setting<String?>(
        "options.tls_server_name", default: nil,
        "The expected host name in the server's certificate; the host by default")
    private let keepaliveTime = Setting(
        "options.keepalive_time", default: Duration.zero, in: Duration.zero...,
        "The time without data after which a ping checks the connection, in ms; many servers allow one ping in 5 "
            + "minutes; 0 for no pings")
    private let keepaliveTimeout = Setting(
        "options.keepalive_timeout", default: Duration.seconds(20), in: Duration.milliseconds(1)...,
        "The timeout of a ping, in ms")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.seconds(1800), in: Duration.milliseconds(1)...,
        "The time without calls after which a connection is closed, in ms")
    private let reconnectDelay = Setting(
        "options.reconnect_delay", default: Duration.milliseconds(200), in: Duration.milliseconds(1)...,
        "The back-off before the second connection attempt, in ms; it grows with each attempt")
    private let reconnectMaxDelay = Setting(
        "options.reconnect_max_delay", default: Duration.seconds(5), in: Duration.milliseconds(1)...,
        "The maximum back-off before a connection attempt, in ms")
    private let debug = Setting(
        "options.debug", default: true,
        "Has no effect; accepted for files of other editions. Calls are always logged at the level trace")

    init() {}

    /// The time for which a call may wait for a connection; nil for no limit.
    var connectTimeout: Duration? { connectTimeoutSetting() > .zero ? connectTimeoutSetting() : nil }
    var maxRequest: Int { requestMaxSize() > 0 ? requestMaxSize() : .max }
    var maxResponse: Int { responseMaxSize() > 0 ? responseMaxSize() : 2_147_483_647 }
    var tlsServerName: String? { serverName().flatMap { $0.isEmpty ? nil : $0 } }

    var transport: HTTP2ClientTransport.Posix.Config {
        .defaults { config in
            config.compression.enabledAlgorithms = .all
            if compression() { config.compression.algorithm = .gzip }
            if let name = tlsServerName { config.http2.authority = name }
            config.backoff.initial = reconnectDelay().asSleep
            config.backoff.max = max(reconnectDelay(), reconnectMaxDelay()).asSleep
            config.connection.maxIdleTime = idleTimeout().asSleep
            config.channelDebuggingCallbacks.onCreateTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture { CloseOnExec.set(channel) }
            }
            guard keepaliveTime() > .zero else { return }
            config.connection.keepalive = .init(
                time: keepaliveTime().asSleep, timeout: keepaliveTimeout().asSleep, allowWithoutCalls: false)
        }
    }
}
#endif
