/// What a thread has to work with.
///
/// The thread has it while it works. While the thread rests, who gives it a call may send the question: the server is at it
/// then while the thread wakes, which takes about as long as the answer.
struct MemcachedSeat {
    var client: (any MemcachedClient)?
    var lastUse = Duration.zero

    /// Sends the question of the call that the thread gets next.
    func ask(_ call: any MemcachedJob, _ view: MemcachedServers.View, _ now: Duration, _ options: MemcachedOptions) {
        // Of servers that may be out of use, some are not to be asked.
        guard let client, isFresh(view, now, options), !view.isDoubtful else { return }
        call.ask(client)
    }

    /// False when a new client is better.
    func isFresh(_ view: MemcachedServers.View, _ now: Duration, _ options: MemcachedOptions) -> Bool {
        guard let client, !client.isBroken, client.view.epoch == view.epoch else { return false }
        // Others may have closed a connection that was long at rest; then a call that may not be repeated fails.
        return now - lastUse <= options.idle
    }
}
