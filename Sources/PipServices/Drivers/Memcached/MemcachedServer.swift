/// The address of a server.
struct MemcachedServer: Sendable, Hashable, CustomStringConvertible {
    let host: String
    let port: UInt16

    var description: String { "\(ConnectionURI.bracketed(host)):\(port)" }
}
