/// The client of one thread of a ``MemcachedPool``, with the time of its last use.
struct WorkerSlot {
    private var client: (any MemcachedClient)?
    private var lastUse = Duration.zero
    private var created = Duration.zero
    /// The number of replaced clients.
    private(set) var replacements = 0
    private var hasCreated = false

    /// Returns the current client if it is usable, otherwise a new one.
    mutating func client(
        for view: MemcachedServers.View, at now: Duration, maxIdle: Duration, maxAge: Duration = .never,
        create: (MemcachedServers.View) throws(MemcachedFault) -> any MemcachedClient
    ) throws(MemcachedFault) -> any MemcachedClient {
        // A new client resolves the hosts again. A server or firewall may have closed an idle connection; a write would
        // then fail.
        if let client, client.view.epoch == view.epoch, now - lastUse <= maxIdle, now - created < maxAge {
            client.view = view
            return client
        }
        discard()
        let new = try create(view)
        client = new
        created = now
        if hasCreated { replacements += 1 }
        hasCreated = true
        return new
    }

    mutating func markUsed(at now: Duration) { lastUse = now }

    /// Closes the connections. Unread replies are lost.
    mutating func discard() { client = nil }
}
