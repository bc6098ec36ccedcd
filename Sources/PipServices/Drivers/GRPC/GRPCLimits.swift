#if PIP_GRPC
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
import Synchronization

/// The limits of a ``GRPCEndpoint``: message sizes, streams, timeouts and calls in flight.
///
/// A child component of the endpoint.
public final class GRPCLimits: Component {
    private let requestMaxSize = Setting(
        "options.request_max_size", default: 4_194_304, in: 1...2_147_483_647,
        "The maximum size of a request message, in bytes, decompressed")
    private let maxStreams = Setting(
        "options.max_streams", default: 1000, in: 1...2_147_483_647,
        "The maximum number of calls in flight per connection; further calls wait at the client")
    private let maxInFlight = Setting(
        "options.max_in_flight", default: 0, in: 0..., reloadable: true,
        "The maximum number of calls in flight on all connections; further ones fail with UNAVAILABLE; 0 for no limit")
    private let requestTimeout = Setting(
        "options.request_timeout", default: Duration.zero, in: Duration.zero..., reloadable: true,
        "The timeout of a call, independent of the client's; the call is then cancelled and fails with "
            + "DEADLINE_EXCEEDED; 0 for no limit")
    private let maxConnections = Setting(
        "options.max_connections", default: 10_000, in: 1...,
        "The maximum number of connections; further ones are closed immediately")
    private let handshakeTimeout = Setting(
        "options.handshake_timeout", default: Duration.seconds(15), in: Duration.zero...,
        "The timeout of the handshake of a connection, including TLS, in ms; 0 for no limit")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.seconds(1800), in: Duration.zero...,
        "The time without calls after which a connection is closed, in ms; 0 for no limit")
    private let maxAge = Setting(
        "options.max_connection_age", default: Duration.zero, in: Duration.zero...,
        "The maximum age of a connection, in ms, so that clients spread to new instances; 0 for no limit")
    private let maxAgeGrace = Setting(
        "options.max_connection_grace", default: Duration.seconds(60), in: Duration.zero...,
        "How long calls may continue on a connection that reached its maximum age, in ms; 0 for no limit")
    private let keepaliveTime = Setting(
        "options.keepalive_time", default: Duration.seconds(7200), in: Duration.milliseconds(1)...,
        "The time without data after which a ping checks the connection, in ms")
    private let keepaliveTimeout = Setting(
        "options.keepalive_timeout", default: Duration.seconds(20), in: Duration.milliseconds(1)...,
        "The timeout of a ping, in ms")
    private let minPingInterval = Setting(
        "options.min_ping_interval", default: Duration.seconds(300), in: Duration.zero...,
        "The minimum interval between pings of a client, in ms; 0 for no limit")
    private let idlePings = Setting(
        "options.idle_pings", default: false, "True to allow pings on connections without calls")
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.milliseconds(60_000), in: Duration.zero..., GRPCLimits.foreign)
    private let fileMaxSize = Setting("options.file_max_size", default: 209_715_200, in: 0..., GRPCLimits.foreign)
    private let debug = Setting("options.debug", default: true, GRPCLimits.foreign)
    private static let foreign = "Has no effect; accepted for files of other editions"
    fileprivate let inFlight = Atomic<Int>(0)

    /// Creates the limits.
    public init() {}

    /// The number of calls in flight. They are counted only while `options.max_in_flight` is set.
    public var callsInFlight: Int { inFlight.load(ordering: .relaxed) }

    // MARK: - Internal

    /// The timeout of a call; nil for no limit.
    var timeout: Duration? { requestTimeout() > .zero ? requestTimeout() : nil }

    /// Counts a call until the mark is released; nil if calls are not counted.
    /// - Throws: InvalidState `OVERLOADED` with status 503.
    func admit() throws(ApplicationError) -> GRPCInFlightMark? {
        let most = maxInFlight()
        guard most > 0 else { return nil }
        let mark = GRPCInFlightMark(self)
        guard mark.number <= most else {
            throw ApplicationError.invalidState(
                code: "OVERLOADED", "The service has too many calls in flight"
            ).withStatus(503)
        }
        return mark
    }

    /// The settings of a listener.
    var transport: HTTP2ServerTransport.Posix.Config {
        let gate = GRPCConnectionGate(
            maximum: maxConnections(), handshakeTimeout: handshakeTimeout() > .zero ? handshakeTimeout() : nil)
        return .defaults { config in
            // A child process that inherits the listening socket would occupy the port.
            config.channelDebuggingCallbacks.onBindTCPListener = { channel in
                channel.eventLoop.makeCompletedFuture { CloseOnExec.set(channel) }
            }
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture { gate.admit(channel) }
            }
            config.compression.enabledAlgorithms = .all
            config.rpc.maxRequestPayloadSize = requestMaxSize()
            config.http2.maxConcurrentStreams = maxStreams()
            config.connection.maxIdleTime = Self.limit(idleTimeout())
            config.connection.maxAge = Self.limit(maxAge())
            config.connection.maxGraceTime = Self.limit(maxAgeGrace())
            config.connection.keepalive = .init(
                time: keepaliveTime().asSleep, timeout: keepaliveTimeout().asSleep,
                clientBehavior: .init(
                    minPingIntervalWithoutCalls: minPingInterval().asSleep, allowWithoutCalls: idlePings()))
        }
    }

    private static func limit(_ time: Duration) -> Duration? { time > .zero ? time.asSleep : nil }
}

/// Counts a call in flight until it is released.
final class GRPCInFlightMark: Sendable {
    /// The number of calls in flight, including this one.
    let number: Int
    private let limits: GRPCLimits

    fileprivate init(_ limits: GRPCLimits) {
        self.limits = limits
        number = limits.inFlight.wrappingAdd(1, ordering: .relaxed).newValue
    }

    deinit { limits.inFlight.wrappingSubtract(1, ordering: .relaxed) }
}
#endif
