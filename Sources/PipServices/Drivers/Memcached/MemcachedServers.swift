/// Tracks which servers are usable. A pure state machine.
///
/// A server with too many consecutive failures, or without any reply for the time of a call, is down and not used for a
/// while. Then one call probes it. If the probe succeeds, the server is used again; otherwise the next call probes it
/// after the same time.
struct MemcachedServers {
    /// The servers for a client.
    struct View: Hashable, Sendable {
        /// Increases when existing connections must be replaced.
        var epoch = 0
        /// The servers that share the keys, by their index in the configuration.
        var members: [Int]
        /// The members that must not be contacted.
        var down: Set<Int> = []
        /// True if there were failures since the last success, so that successes must be reported.
        var isDoubtful = false
    }

    private struct Server {
        var failures = 0
        var lastFailure: Duration?
        /// When a probe of a server that is down is due; nil for a usable server.
        var downUntil: Duration?
        /// The start of the first unanswered request; nil after a reply.
        var silentSince: Duration?
    }

    private let rules: MemcachedOptions
    private var servers: [Server]
    private(set) var view: View
    /// The servers that were marked as down and have not replied since.
    private(set) var lost: Set<Int> = []

    init(count: Int, rules: MemcachedOptions) {
        self.rules = rules
        servers = Array(repeating: Server(), count: count)
        view = View(members: Array(0..<count))
    }

    /// Returns the servers that a call at `now` may use. The first call to a server that is due for a probe may use it.
    /// - Parameter server: the server of the call; nil for a call to several servers.
    mutating func view(at now: Duration, for server: Int?) -> View {
        guard view.isDoubtful else { return view }
        let due = servers.indices.filter { servers[$0].downUntil.map { $0 <= now } ?? false }
        guard !due.isEmpty else { return view }
        if rules.remove {
            // The keys move back, for all calls.
            for index in due { servers[index].downUntil = nil }
            update(isNewEpoch: true)
            return view
        }
        var own = view
        for index in due where server == nil || server == index {
            // Other calls wait for the result of this probe, or for the next one.
            servers[index].downUntil = now.adding(timeout: min(rules.reconnect, rules.timeout))
            own.down.remove(index)
        }
        return own
    }

    /// A server that is down and not due for a probe; nil if there is none.
    func unusable(at now: Duration) -> Int? {
        servers.indices.first { servers[$0].downUntil.map { $0 > now } ?? false }
    }

    /// Reports a request without a reply.
    ///
    /// - Parameters:
    ///   - start: when it was sent.
    ///   - lastReply: when the server last replied to anything.
    mutating func noteSilence(of server: Int, from start: Duration, lastReply: Duration, at now: Duration) {
        guard servers.indices.contains(server), servers[server].downUntil == nil else { return }
        // A server that has replied to a later request is only slow.
        guard lastReply < start else {
            servers[server].silentSince = nil
            return
        }
        let known = servers[server].silentSince.flatMap { $0 > lastReply ? $0 : nil }
        let since = min(known ?? start, start)
        servers[server].silentSince = since
        if now - since >= rules.timeout {
            markDown(server, at: now)
            update(isNewEpoch: true)
        } else {
            update(isNewEpoch: false)
        }
    }

    /// Reports that a connection broke, or that a reply timed out.
    ///
    /// If many connections break together, only the first report of an epoch counts.
    /// - Parameter server: the failed server; nil if unknown.
    mutating func fail(_ server: Int?, epoch: Int, at now: Duration) {
        guard epoch == view.epoch else { return }
        if let server, servers.indices.contains(server) {
            // Failures that are far apart do not add up, except for a server that was down.
            if let last = servers[server].lastFailure, now - last > rules.retry,
                servers[server].failures < rules.failures
            {
                servers[server].failures = 0
            }
            servers[server].failures = min(servers[server].failures + 1, rules.failures)
            servers[server].lastFailure = now
            if servers[server].failures >= rules.failures { markDown(server, at: now) }
        }
        update(isNewEpoch: true)
    }

    /// Reports that a server has replied.
    mutating func succeed(_ server: Int, epoch: Int) {
        guard epoch == view.epoch, view.isDoubtful, servers.indices.contains(server) else { return }
        servers[server] = Server()
        lost.remove(server)
        update(isNewEpoch: false)
    }

    // MARK: - Internal

    private mutating func markDown(_ server: Int, at now: Duration) {
        servers[server].failures = rules.failures
        servers[server].lastFailure = now
        servers[server].downUntil = now.adding(timeout: rules.reconnect)
        lost.insert(server)
    }

    private mutating func update(isNewEpoch: Bool) {
        let down = servers.indices.filter { servers[$0].downUntil != nil }
        if rules.remove {
            let members = servers.indices.filter { servers[$0].downUntil == nil }
            // If all servers are down, the keys stay where they are and all calls fail.
            view.members = members.isEmpty ? Array(servers.indices) : members
            view.down = members.isEmpty ? Set(down) : []
        } else {
            view.down = Set(down)
        }
        view.isDoubtful = servers.contains { $0.failures > 0 || $0.silentSince != nil }
        if isNewEpoch { view.epoch += 1 }
    }
}
