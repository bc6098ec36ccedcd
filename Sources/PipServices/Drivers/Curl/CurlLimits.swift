#if PIP_CURL
/// The connection limits of a connector.
struct CurlLimits: Sendable {
    /// The maximum number of connections per host; 0 for no limit.
    var connectionsPerHost = 256
    /// The maximum number of idle connections; 0 for no limit.
    var idleConnections = 256
    /// The maximum number of concurrent calls, including those waiting for a connection; 0 for no limit.
    var calls = 10_000
    /// The maximum idle time of a connection; zero for no limit.
    var idleTime = Duration.seconds(60)
    /// The maximum age of a connection for new requests; zero for no limit.
    var connectionAge = Duration.seconds(300)
    /// The maximum number of concurrent host resolutions.
    var resolutions = 64

    /// The duration in seconds for libcurl, rounded up; a century for no limit.
    static func seconds(_ duration: Duration) -> Int {
        guard duration > .zero else { return 3_200_000_000 }
        return Int(min(duration.milliseconds / 1000, 3_200_000_000).rounded(.up))
    }
}
#endif
