#if PIP_ACTIVEMQ
/// Maintains a connection: waits until it is lost, then reconnects with a back-off, trying the servers in turn.
struct STOMPKeeper: Sendable {
    typealias Events = AsyncStream<STOMPChannelHandler.End?>

    let options: STOMPClientOptions
    let clock: any ClockSource
    let random: any RandomSource
    let onChange: @Sendable (STOMPEngine.Change) -> Void
    /// Starts an attempt to connect to a server by its index; nil if a connection is no longer wanted.
    let connect: @Sendable (Int) async -> Events?

    /// Runs until the task is cancelled or no connection is wanted.
    ///
    /// - Parameters:
    ///   - events: the events of the open connection; nil if there is none.
    ///   - index: the index of the next server to try, or of the connected one.
    func run(_ events: Events?, _ server: BrokerServer?, _ index: Int) async {
        var reconnector = STOMPReconnector(delay: options.reconnectDelay, maxDelay: options.maxReconnectDelay)
        var (events, index, isOpen) = (events, index, events != nil)
        if isOpen { reconnector.noteConnection(at: clock.uptime) }
        while !Task.isCancelled {
            if let current = events {
                for await event in current {
                    let server = options.servers[index % options.servers.count]
                    if let end = event {
                        if isOpen { onChange(.lost(end.error, server: server)) }
                        isOpen = false
                    } else {
                        isOpen = true
                        reconnector.noteConnection(at: clock.uptime)
                        onChange(.reconnected(server))
                    }
                }
                index += 1
            }
            let pause = reconnector.noteLoss(at: clock.uptime, random)
            if pause > .zero, (try? await clock.sleep(for: pause)) == nil { return }
            if Task.isCancelled { return }
            events = await connect(index)
            if events == nil { return }
        }
    }
}
#endif
