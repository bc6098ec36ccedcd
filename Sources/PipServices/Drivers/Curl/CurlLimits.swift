#if PIP_CURL
/// The limits of a connector's connections.
struct CurlLimits: Sendable {
    /// The most connections to one host; 0 for no limit.
    var connectionsPerHost = 256
    /// The most connections that are kept for later requests; 0 for no limit.
    var idleConnections = 256
    /// The most calls at a time, those that wait for a connection included; 0 for no limit.
    var calls = 10_000
    /// How long an idle connection is kept; zero for no limit.
    var idleTime = Duration.seconds(60)
    /// How long a connection is used for new requests; zero for no limit.
    var connectionAge = Duration.seconds(300)
    /// The most transfers that resolve a host at a time.
    var resolutions = 64

    /// In seconds, rounded up, as libcurl counts; a century for no limit.
    static func seconds(_ duration: Duration) -> Int {
        guard duration > .zero else { return 3_200_000_000 }
        return Int(min(duration.milliseconds / 1000, 3_200_000_000).rounded(.up))
    }
}
#endif
