#if PIP_CURL
/// The event loop of a connector's thread, the only thread that calls libcurl.
final class CurlLoop {
    /// Carries out commands and transfers until the queue is stopped, and then closes all connections.
    static func run(_ queue: CurlCommandQueue, _ limits: CurlLimits, _ sockets: CurlSockets) {
        if let multi = CurlMulti(limits, sockets) { CurlLoop(queue, limits, multi).run() }
        sockets.close()
        queue.end()
    }

    // MARK: - Internal

    private let queue: CurlCommandQueue
    private let limits: CurlLimits
    private let multi: CurlMulti

    private init(_ queue: CurlCommandQueue, _ limits: CurlLimits, _ multi: CurlMulti) {
        self.queue = queue
        self.limits = limits
        self.multi = multi
    }

    private func run() {
        while let commands = queue.takeAll() {
            for command in commands { carryOut(command) }
            multi.runTimers()
            endFinished()
            multi.wait(canBlock: queue.prepareToWait())
            endFinished()
        }
        for exchange in multi.close() { exchange.fail(HTTPFailure.connectionLost, "the connector was closed") }
    }

    private func endFinished() { while let (exchange, error) = multi.nextFinished() { exchange.end(error) } }

    private func carryOut(_ command: CurlCommandQueue.Command) {
        switch command {
        case .start(let call):
            let exchange = CurlExchange(call)
            guard multi.count < limits.calls else {
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
