#if PIP_REDIS
import Glibc

/// Opens connections to Redis, login included. It blocks, so it runs on a thread of its own.
enum RedisDialer {
    /// Returns a socket on which Redis has answered.
    ///
    /// All steps together take at most `timeout`, except that the system limits how long it resolves a host.
    static func dial(_ address: RedisAddress, timeout: Duration) throws(RedisConnectionError) -> RedisSocket {
        let end = SystemClock().uptime + min(max(timeout, .milliseconds(1)), .seconds(3600))
        let socket = try RedisSocket.connect(to: address, until: end)
        let transport = try RedisTransport(socket)
        if let password = address.password {
            let arguments = (address.username.map { [$0] } ?? []) + [password]
            try request(RedisCommand("AUTH", arguments), transport, until: end)
        }
        if address.database != 0 {
            try request(RedisCommand("SELECT", String(address.database)), transport, until: end)
        }
        // A server that still loads its data, or that requires a password, refuses this and not the first call.
        let reply = try request(RedisCommand("PING"), transport, until: end)
        // TCP can connect a socket to itself if nobody listens on a local port: it then receives what it sends.
        guard reply == .status("PONG") else { throw RedisConnectionError(reason: "the peer is not a Redis server") }
        return socket
    }

    // MARK: - Internal

    /// Sends a command and waits for its reply.
    @discardableResult
    private static func request(
        _ command: RedisCommand, _ transport: RedisTransport, until end: Duration
    ) throws(RedisConnectionError) -> RedisReply {
        transport.load { $0 += command.bytes }
        while true {
            try transport.send()
            if transport.isSent { break }
            try transport.socket.wait(for: POLLOUT, until: end)
        }
        var replies: [RedisReply] = []
        while replies.isEmpty {
            try transport.socket.wait(for: POLLIN, until: end)
            _ = try transport.receive(&replies)
        }
        // Never the arguments: one of them is the password.
        guard case .error(let message) = replies[0] else { return replies[0] }
        let code = message.prefix(upTo: " ")
        let isTemporary =
            ["LOADING", "BUSY", "MASTERDOWN"].contains(code) || message.contains(text: "max number of clients")
        throw RedisConnectionError(
            reason: "\(command.name): \(message)",
            isFinal: !isTemporary && (command.name != "PING" || code == "NOAUTH" || code == "NOPERM"))
    }
}
#endif
