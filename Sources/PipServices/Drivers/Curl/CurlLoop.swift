#if PIP_CURL
/// The event loop of a connector's thread, the only thread that calls libcurl.
final class CurlLoop {
    /// Carries out commands and transfers until the queue is stopped, and then closes all connections.
    static func run(_ queue: CurlCommandQueue, _ limits: CurlLimits) {
        if let multi = CurlMulti(limits) { CurlLoop(queue, multi).run() }
        queue.end()
    }

    // MARK: - Internal

    private let queue: CurlCommandQueue
    private let multi: CurlMulti

    private init(_ queue: CurlCommandQueue, _ multi: CurlMulti) {
        self.queue = queue
        self.multi = multi
    }

    private func run() {
        while let commands = queue.takeAll() {
            for command in commands { carryOut(command) }
            multi.perform()
            while let (exchange, error) = multi.nextFinished() { exchange.end(error) }
            if queue.prepareToWait() { multi.wait(for: queue.wakeup) }
        }
        for exchange in multi.close() { exchange.fail(HTTPFailure.connectionLost, "the connector was closed") }
    }

    private func carryOut(_ command: CurlCommandQueue.Command) {
        switch command {
        case .start(let call):
            let exchange = CurlExchange(call)
            do {
                try multi.start(exchange)
            } catch {
                exchange.fail(HTTPFailure.cannotConnect, "libcurl cannot start the transfer", error.reason)
            }
        case .cancel(let id): multi.cancel(id)?.deliver(.failure(CancellationError()))
        case .resume(let id):
            if let (exchange, error) = multi.resume(id) { exchange.end(error) }
        }
    }
}
#endif
