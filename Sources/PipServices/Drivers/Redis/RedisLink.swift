#if PIP_REDIS
/// An established connection: its socket and, if encrypted, its TLS session.
struct RedisLink: Sendable {
    /// The address of the server.
    let address: RedisAddress
    let socket: RedisSocket
    /// Nil without TLS.
    let tls: RedisTLSSession?
}
#endif
