/// Which of the servers are in use: the rules, without waiting and without connections.
///
/// A server that fails often enough in a row is out of use for a while. After that it is tried again; then one failure is
/// enough to put it out of use once more.
struct MemcachedServers {
    /// What a client is made for.
    struct View: Hashable, Sendable {
        /// Differs from that of all earlier views whose connections are not to be used any more.
        var epoch = 0
        /// The servers to spread the keys over, by their place in the configuration.
        var members: [Int]
        /// Those of them that are not to be asked.
        var down: Set<Int> = []
        /// True when there have been failures since the last success, so that successes are to be told.
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

    /// Brings back those whose time is over.
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

    /// A client lost the connection to a server, or got no answer in time; nil when it can't tell which.
    ///
    /// Of the many clients whose connections break together, the first counts.
    mutating func fail(_ server: Int?, epoch: Int, at now: Duration) {
        guard epoch == view.epoch else { return }
        if let server, servers.indices.contains(server) {
            // One that has just come back has no such credit.
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

    /// A server has answered.
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
            // With none left there is nothing to spread the keys over: they stay where they are, out of reach.
            view.members = members.isEmpty ? Array(servers.indices) : members
            view.down = members.isEmpty ? Set(down) : []
        } else {
            view.down = Set(down)
        }
        view.isDoubtful = servers.contains { $0.failures > 0 }
        if isNewEpoch { view.epoch += 1 }
    }
}
