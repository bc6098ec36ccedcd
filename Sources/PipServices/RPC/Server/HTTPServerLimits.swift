/// The limits that an ``HTTPServer`` enforces before a request is dispatched.
struct HTTPServerLimits: Sendable {
    /// The maximum size of a body that is read as a whole, in bytes.
    var bodySize = 1_048_576
    /// The maximum memory for the bodies of all requests, in bytes.
    var bodiesSize = 33_554_432
    /// The maximum size of a request header, in bytes.
    var headerSize = 16_384
    /// The time limit for the header of a connection's first request, including TLS.
    var headerTimeout = Duration.seconds(15)
    /// The time limit for the header of the next request.
    var idleTimeout = Duration.seconds(75)
    /// The interval for measuring the rate of a body.
    var transferTimeout = Duration.seconds(30)
    /// The minimum rate of a body, in bytes per second; 0 for none.
    var minRate = 240
    /// The maximum number of connections.
    var connections = 10_000
}
