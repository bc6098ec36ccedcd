/// Decides which servers are used. It neither waits nor connects.
///
/// A server with enough consecutive failures is down: it is not used for a while. After that it is tried again, and a single
/// failure marks it as down once more.
struct MemcachedServers {
    /// The servers as a client must use them.
    struct View: Hashable, Sendable {
        /// Increases when existing connections must not be used any more.
        var epoch = 0
        /// The servers that share the keys, by their index in the configuration.
        var members: [Int]
        /// The members to which nothing is sent.
        var down: Set<Int> = []
        /// True if there were failures since the last success, so that successes must be reported.
        var isDoubtful = false
    }

    private struct Server {
        var failures = 0
        var lastFailure: Duration?
        var downUntil: Duration?
    }

    private let rules: MemcachedOptions
    private var servers: [Server]
    private(set) var view: View

    init(count: Int, rules: MemcachedOptions) {
        self.rules = rules
        servers = Array(repeating: Server(), count: count)
        view = View(members: Array(0..<count))
    }

    /// Uses servers again whose time is over.
    mutating func refresh(at now: Duration) {
        guard view.isDoubtful else { return }
        var isChanged = false
        for index in servers.indices {
            guard let end = servers[index].downUntil, end <= now else { continue }
            servers[index].downUntil = nil
            isChanged = true
        }
        if isChanged { update(isNewEpoch: rules.remove) }
    }

    /// Reports that a connection broke, or that a reply did not come in time.
    ///
    /// If many connections break together, only the first report of an epoch counts.
    /// - Parameter server: nil if it is unknown which server failed.
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
            if servers[server].failures >= rules.failures {
                servers[server].downUntil = now.adding(timeout: rules.reconnect)
            }
        }
        update(isNewEpoch: true)
    }

    /// Reports that a server has replied.
    mutating func succeed(_ server: Int, epoch: Int) {
        guard epoch == view.epoch, view.isDoubtful, servers.indices.contains(server) else { return }
        servers[server] = Server()
        update(isNewEpoch: false)
    }

    // MARK: - Internal

    private mutating func update(isNewEpoch: Bool) {
        let down = servers.indices.filter { servers[$0].downUntil != nil }
        if rules.remove {
            let members = servers.indices.filter { servers[$0].downUntil == nil }
            // If all servers are down, the keys stay where they are, and all calls fail.
            view.members = members.isEmpty ? Array(servers.indices) : members
            view.down = members.isEmpty ? Set(down) : []
        } else {
            view.down = Set(down)
        }
        view.isDoubtful = servers.contains { $0.failures > 0 }
        if isNewEpoch { view.epoch += 1 }
    }
}
