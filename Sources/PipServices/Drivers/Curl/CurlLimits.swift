#if PIP_CURL
/// The limits of a connector's connections.
struct CurlLimits: Sendable {
    /// The most connections to one host; 0 for no limit.
    let connectionsPerHost: Int
    /// The most connections that are kept for later requests.
    let idleConnections: Int
    /// The most calls at a time, those that wait for a connection included.
    let calls: Int
    /// How many seconds an idle connection can be used again.
    let idleSeconds: Int
}
#endif
