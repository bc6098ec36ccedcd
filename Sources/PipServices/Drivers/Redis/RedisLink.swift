#if PIP_REDIS
/// A connection on which Redis has answered: its socket, and the session that encrypts it.
struct RedisLink: Sendable {
    /// The server that it leads to.
    let address: RedisAddress
    let socket: RedisSocket
    /// Nil without TLS.
    let tls: RedisTLSSession?
}
#endif
