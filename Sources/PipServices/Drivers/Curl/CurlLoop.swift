#if PIP_CURL
/// The event loop of a connector's thread. Only this thread calls libcurl.
final class CurlLoop {
    /// Executes commands and transfers until the queue is stopped, then closes all connections.
    static func run(_ queue: CurlCommandQueue, _ limits: CurlLimits, _ sockets: CurlSockets) {
        if let multi = CurlMulti(limits, sockets) { CurlLoop(queue, limits, sockets, multi).run() }
        sockets.close()
        queue.end()
    }

    // MARK: - Internal

    private let queue: CurlCommandQueue
    private let limits: CurlLimits
    private let sockets: CurlSockets
    private var multi: CurlMulti
    /// When the last transfer ended, by the system clock; nil while there are transfers or no connections.
    private var idleSince: Duration?

    private init(_ queue: CurlCommandQueue, _ limits: CurlLimits, _ sockets: CurlSockets, _ multi: CurlMulti) {
        self.queue = queue
        self.limits = limits
        self.sockets = sockets
        self.multi = multi
    }

    private func run() {
        while let commands = queue.takeAll() {
            for command in commands { carryOut(command) }
            multi.runTimers()
            endFinished()
            let left = closeIdleConnections()
            multi.wait(canBlock: queue.prepareToWait(), longest: left)
            endFinished()
        }
        for exchange in multi.close() { exchange.fail(HTTPFailure.connectionLost, "the connector was closed") }
    }

    /// Closes all connections after `options.idle_timeout` without transfers. libcurl checks idle connections only when
    /// it starts a transfer, so connections closed by their peers would remain half-closed.
    /// - Returns: the time until the next check, in milliseconds.
    private func closeIdleConnections() -> Int {
        guard limits.idleTime > .zero, multi.hasStarted else { return .max }
        guard multi.count == 0 else {
            idleSince = nil
            return .max
        }
        let now = SystemClock().uptime
        let since = idleSince ?? now
        idleSince = since
        let left = limits.idleTime - (now - since)
        guard left <= .zero else { return Int(min(left.wholeMilliseconds, 3_600_000)) + 1 }
        idleSince = nil
        // If there is no memory for a new one, this one remains.
        guard let new = CurlMulti(limits, sockets) else { return .max }
        _ = multi.close()
        multi = new
        return .max
    }

    private func endFinished() {
        while let (exchange, error) = multi.nextFinished() {
            // A transfer may begin and end between two checks.
            idleSince = nil
            exchange.end(error)
        }
    }

    private func carryOut(_ command: CurlCommandQueue.Command) {
        switch command {
        case .start(let call):
            let exchange = CurlExchange(call)
            guard limits.calls == 0 || multi.count < limits.calls else {
                exchange.fail(HTTPFailure.queueFull, "too many calls are waiting")
                return
            }
            do {
                try multi.start(exchange)
            } catch {
                exchange.fail(HTTPFailure.cannotConnect, "libcurl cannot start the transfer", error.reason)
            }
        case .cancel(let id): multi.cancel(id)?.deliver(.failure(CancellationError()))
        case .resume(let id):
            if let (exchange, error) = multi.resume(id) { exchange.end(error) }
        case .endStalled(let id): multi.removeStalled(id)?.endStalled()
        }
    }
}
#endif
