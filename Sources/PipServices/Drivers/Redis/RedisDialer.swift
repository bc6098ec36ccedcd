#if PIP_REDIS
import Glibc

/// Opens connections to Redis, including TLS and login. It blocks, so it runs on a dedicated thread.
enum RedisDialer {
    /// Returns a connection on which Redis has replied.
    ///
    /// `timeout` limits all steps together.
    /// - Parameter needsPrimary: true to refuse a replica, which accepts no writes.
    static func dial(
        _ options: RedisEngine.Options, timeout: Duration, needsPrimary: Bool = false
    ) throws(RedisConnectionError) -> RedisLink {
        let end = SystemClock().uptime + min(max(timeout, .milliseconds(1)), .seconds(3600))
        guard let sentinel = options.sentinel else {
            return try connect(to: options.address, options, until: end, needsPrimary: needsPrimary)
        }
        var failure = RedisConnectionError(reason: "no sentinel is configured")
        for (index, place) in sentinel.addresses.enumerated() {
            let now = SystemClock().uptime
            // An unresponsive sentinel must leave time for the others and for the master.
            let share = min((end - now) / (sentinel.addresses.count - index), .seconds(1))
            do throws(RedisConnectionError) {
                let transport = try sentinelTransport(to: place, options, until: now + share)
                let master = try master(sentinel.master, options, transport, at: place, until: now + share)
                // The same for an old master that an isolated sentinel still reports.
                let asked = SystemClock().uptime
                let limit = asked + (end - asked) / (sentinel.addresses.count - index)
                return try connect(to: master, options, until: limit, needsPrimary: true)
            } catch {
                if error.isFinal || !failure.isFinal { failure = error }
            }
        }
        throw failure
    }

    /// Asks all sentinels for the master, and connects to it unless it is at `current`.
    ///
    /// The newest configuration wins: an isolated sentinel still reports the old master, which may still consider
    /// itself the master. `timeout` limits all steps together.
    /// - Returns: nil if the master is at `current`.
    static func successor(
        of current: RedisAddress, _ options: RedisEngine.Options, timeout: Duration
    ) throws(RedisConnectionError) -> RedisLink? {
        let end = SystemClock().uptime + min(max(timeout, .milliseconds(1)), .seconds(3600))
        guard let sentinel = options.sentinel else { return nil }
        var failure = RedisConnectionError(reason: "no sentinel is configured")
        var newest: (master: RedisAddress, epoch: Int64)?
        for (index, place) in sentinel.addresses.enumerated() {
            let now = SystemClock().uptime
            // One share is reserved for the master.
            let share = min((end - now) / (sentinel.addresses.count - index + 1), .seconds(1))
            do throws(RedisConnectionError) {
                let transport = try sentinelTransport(to: place, options, until: now + share)
                let master = try master(sentinel.master, options, transport, at: place, until: now + share)
                let epoch = try epoch(sentinel.master, transport, until: now + share)
                // For equal numbers, the current master is kept: not every sentinel reports the number.
                let isPresent = isSame(master, current)
                if newest.map({ epoch > $0.epoch || epoch == $0.epoch && isPresent }) ?? true {
                    newest = (master, epoch)
                }
            } catch {
                failure = error
            }
        }
        guard let master = newest?.master else { throw failure }
        return isSame(master, current)
            ? nil : try connect(to: master, options, until: end, needsPrimary: true)
    }

    // MARK: - Internal

    private static func isSame(_ one: RedisAddress, _ other: RedisAddress) -> Bool {
        one.host.isSame(as: other.host) && one.port == other.port
    }

    private static func connect(
        to address: RedisAddress, _ options: RedisEngine.Options, until end: Duration, needsPrimary: Bool
    ) throws(RedisConnectionError) -> RedisLink {
        let link = try encrypted(address, options, until: end)
        let transport = try RedisTransport(link)
        try logIn(address, transport, until: end)
        if address.database != 0 {
            try request(RedisCommand("SELECT", String(address.database)), transport, until: end)
        }
        // A server that is still loading, or requires a password, refuses this instead of the first call.
        let pong = try exchange(RedisCommand("PING"), transport, until: end)
        // A user who may not use PING is logged in too.
        if pong.errorCode != "NOPERM" {
            try check(pong, "PING")
            // TCP can connect a socket to itself if nobody listens on a local port; it then receives its own bytes.
            guard pong == .status("PONG") else { throw RedisConnectionError(reason: "the peer is not a Redis server") }
        }
        if needsPrimary {
            // If the user may not query the role, it is assumed: the first write will show.
            let role = try exchange(RedisCommand("ROLE"), transport, until: end).array?.first?.text
            if let role, !role.isSame(as: "master") {
                throw RedisConnectionError(reason: "READONLY: the server at \(address) is a \(role)")
            }
        }
        return link
    }

    private static func encrypted(
        _ address: RedisAddress, _ options: RedisEngine.Options, until end: Duration
    ) throws(RedisConnectionError) -> RedisLink {
        let socket = try RedisSocket.connect(to: address, options.resolver, until: end)
        guard let tls = options.tls else { return RedisLink(address: address, socket: socket, tls: nil) }
        let link = RedisLink(address: address, socket: socket, tls: try RedisTLSSession(tls, host: address.host))
        try RedisTransport.shakeHands(link, until: end)
        return link
    }

    private static func logIn(
        _ address: RedisAddress, _ transport: RedisTransport, until end: Duration
    ) throws(RedisConnectionError) {
        guard let password = address.password else { return }
        let arguments = (address.username.map { [$0] } ?? []) + [password]
        try request(RedisCommand("AUTH", arguments), transport, until: end)
    }

    private static func sentinelTransport(
        to place: RedisAddress, _ options: RedisEngine.Options, until end: Duration
    ) throws(RedisConnectionError) -> RedisTransport {
        let transport = try RedisTransport(encrypted(place, options, until: end))
        try logIn(place, transport, until: end)
        return transport
    }

    /// Returns the master's address as known by a sentinel.
    private static func master(
        _ name: String, _ options: RedisEngine.Options, _ transport: RedisTransport, at place: RedisAddress,
        until end: Duration
    ) throws(RedisConnectionError) -> RedisAddress {
        let reply = try request(RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name), transport, until: end)
        guard let host = reply.array?.first?.text,
            let port = reply.array?.last?.integer.flatMap({ UInt16(exactly: $0) })
        else { throw RedisConnectionError(reason: "the sentinel at \(place) knows no master '\(name)'") }
        var master = options.address
        (master.host, master.port, master.path) = (host, Int(port), nil)
        return master
    }

    /// The number of the failover that elected the master; 0 if the sentinel does not report it.
    private static func epoch(
        _ name: String, _ transport: RedisTransport, until end: Duration
    ) throws(RedisConnectionError) -> Int64 {
        let reply = try exchange(RedisCommand("SENTINEL", "MASTER", name), transport, until: end)
        let fields = reply.array ?? []
        let index = fields.firstIndex { $0.text.map { $0.isSame(as: "config-epoch") } ?? false }
        return index.flatMap { $0 + 1 < fields.count ? fields[$0 + 1].integer : nil } ?? 0
    }

    /// Sends a command and waits for its reply.
    private static func exchange(
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
        return replies[0]
    }

    /// Like ``exchange(_:_:until:)``, but throws if the command is refused.
    @discardableResult
    private static func request(
        _ command: RedisCommand, _ transport: RedisTransport, until end: Duration
    ) throws(RedisConnectionError) -> RedisReply {
        let reply = try exchange(command, transport, until: end)
        try check(reply, command.name)
        return reply
    }

    private static func check(_ reply: RedisReply, _ command: String) throws(RedisConnectionError) {
        guard case .error(let message) = reply else { return }
        // Only the code: the rest may quote the arguments, including the password.
        let code = reply.errorCode ?? "ERR"
        let isFull = message.contains(text: "max number of clients")
        let isTemporary = ["LOADING", "BUSY", "MASTERDOWN", "READONLY"].contains(code) || isFull
        throw RedisConnectionError(
            reason: isFull ? "the server has its maximum number of clients" : "\(command): \(code)",
            isFinal: !isTemporary && (command != "PING" || code == "NOAUTH"))
    }
}
#endif
