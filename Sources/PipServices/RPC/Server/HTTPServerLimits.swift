/// The limits that an ``HTTPServer`` enforces, without a request being dispatched.
struct HTTPServerLimits: Sendable {
    /// The largest body that is read whole, in bytes.
    var bodySize = 1_048_576
    /// The memory for the bodies of all requests, in bytes.
    var bodiesSize = 33_554_432
    /// The largest request header, in bytes.
    var headerSize = 16_384
    /// The time until the header of a connection's first request, TLS included.
    var headerTimeout = Duration.seconds(15)
    /// The time until the header of the next request.
    var idleTimeout = Duration.seconds(75)
    /// The interval in which a body must move at the least rate.
    var transferTimeout = Duration.seconds(30)
    /// The least rate of a body, in bytes per second; 0 for none.
    var minRate = 240
    /// The largest number of connections.
    var connections = 10_000
}
