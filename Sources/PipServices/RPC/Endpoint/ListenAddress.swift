/// The address on which an ``HTTPEndpoint`` listens.
struct ListenAddress: Sendable {
    var host: String
    var port: Int
    /// Nil without TLS.
    var tls: HTTPServerTLS?

    var url: String { "\(tls == nil ? "http" : "https")://\(host.contains(scalar: ":") ? "[\(host)]" : host):\(port)" }

    /// The address with a host that clients on this machine can call.
    var reachable: ListenAddress {
        var address = self
        if host == "0.0.0.0" || host == "::" { address.host = "localhost" }
        return address
    }
}
