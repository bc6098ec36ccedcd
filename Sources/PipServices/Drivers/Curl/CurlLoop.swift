#if PIP_CURL
internal import CCurl

/// How many connections there may be.
struct CurlBounds: Sendable {
    let perHost: Int
    let idle: Int
    let age: Int
}

/// All of libcurl happens here. Who calls it holds the lock of the ``CurlInbox``: its thread, or a task that starts a request.
final class CurlLoop {
    private let inbox: CurlInbox
    private let bounds: CurlBounds
    private let multi: UnsafeMutableRawPointer
    private let poller: CurlPoller
    private let sockets: CurlSockets
    /// How long the thread waits that is told of sockets.
    private var sleepsUntil = Duration.zero
    private var exchanges: [Int: CurlExchange] = [:]
    private var hasAnswered = false
    /// What is carried out; empty in between.
    private var commands: [CurlInbox.Command] = []
    /// Handles for later transfers: making them is dear.
    private var spare: [CurlHandle] = []

    /// Nil when libcurl has no memory.
    init?(_ inbox: CurlInbox, _ poller: CurlPoller, _ bounds: CurlBounds) {
        guard let multi = curl_multi_init() else { return nil }
        self.inbox = inbox
        self.poller = poller
        self.bounds = bounds
        self.multi = multi
        sockets = CurlSockets(multi, poller)
        pip_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, bounds.perHost)
        pip_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, bounds.idle)
    }

    deinit {
        spare = []
        curl_multi_cleanup(multi)
    }

    /// For the thread: does what there is to do, and what the sockets ask for that are ready.
    /// - Returns: for how many milliseconds to wait then.
    func turn(_ ready: CurlPoller.Ready) -> Int32 {
        hasAnswered = false
        sockets.readClock()
        for ready in ready { sockets.serve(ready) }
        repeat {
            inbox.take(&commands)
            for command in commands { carryOut(command) }
            commands.removeAll(keepingCapacity: true)
            work()
            sockets.readClock()
        } while !inbox.prepareToWait()
        let now = sockets.now
        // An end that was waited for stays, though what it was for may be done: so the next request, whose end is
        // later, need not wake the thread.
        if sleepsUntil <= now { sleepsUntil = now + .seconds(10) }
        if let due = sockets.due { sleepsUntil = min(sleepsUntil, due) }
        return Int32(max(0, (sleepsUntil - now).milliseconds.rounded(.up)))
    }

    /// For the thread: true when the last turn has brought the answer of a task that calls alone.
    var isBetweenCalls: Bool { hasAnswered && exchanges.count <= 1 }

    /// For tasks: starts the only transfer, as far as that needs no waiting. False when there are others.
    func serve(_ job: CurlJob) -> Bool {
        guard exchanges.isEmpty else { return false }
        sockets.readClock()
        start(job)
        work()
        if let due = sockets.due, due < sleepsUntil {
            sleepsUntil = due
            poller.ring()
        }
        return true
    }

    /// Ends all transfers.
    func endAll() {
        for exchange in Array(exchanges.values) {
            end(exchange, .failure(exchange.failed(HTTPFailure.connectionLost, "the connector was closed")))
        }
    }

    // MARK: - Internal

    /// What libcurl wants to do by now.
    private func work() {
        repeat {
            sockets.callWhenDue()
            finishTransfers()
        } while sockets.isDue
    }

    private func carryOut(_ command: CurlInbox.Command) {
        switch command {
        case .start(let job): start(job)
        case .cancel(let id):
            guard let exchange = exchanges[id] else { return }
            // libcurl holds the reset of a stream back until it sends something else. A connection that nobody else uses
            // would never send it: that one is closed.
            if let handle = exchange.handle { pip_curl_set_long(handle.easy, CURLOPT_FORBID_REUSE, 1) }
            end(exchange, .failure(CancellationError()))
        case .resume(let id):
            if let handle = exchanges[id]?.handle { curl_easy_pause(handle.easy, 0) }
        }
    }

    private func start(_ job: CurlJob) {
        let exchange = CurlExchange(job)
        guard let handle = spareHandle(job.shape) ?? CurlHandle(sockets, maxAge: bounds.age) else {
            exchange.deliver(.failure(exchange.failed(HTTPFailure.cannotConnect, "libcurl gives no handle")))
            return
        }
        exchange.handle = handle
        exchanges[job.id] = exchange
        handle.begin(exchange)
        guard curl_multi_add_handle(multi, handle.easy) == CURLM_OK else {
            return end(exchange, .failure(exchange.failed(HTTPFailure.cannotConnect, "libcurl takes no transfer")))
        }
    }

    /// One that is set up for a shape, if it was used lately, or any other.
    private func spareHandle(_ shape: CurlShape) -> CurlHandle? {
        guard let index = spare.suffix(8).lastIndex(where: { $0.shape == shape }) else { return spare.popLast() }
        return spare.remove(at: index)
    }

    private func finishTransfers() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            var pointer: UnsafeMutablePointer<CChar>?
            pip_curl_get_pointer(handle, CURLINFO_PRIVATE, &pointer)
            guard let exchange = CurlHandle.at(pointer)?.exchange else { continue }
            end(exchange, code == CURLE_OK ? exchange.response : .failure(failure(exchange, code)))
        }
    }

    /// Takes a transfer out, whether it is complete or not; an incomplete one loses its connection or its stream.
    private func end(_ exchange: CurlExchange, _ result: Result<HTTPClientResponse, any Error>) {
        exchanges[exchange.job.id] = nil
        if let handle = exchange.handle {
            curl_multi_remove_handle(multi, handle.easy)
            if case .success = result {
                handle.end(isComplete: true)
                hasAnswered = true
            } else {
                handle.end(isComplete: false)
            }
            if spare.count < 256 { spare.append(handle) }
            exchange.handle = nil
        }
        exchange.deliver(result)
    }

    // MARK: - Errors

    /// What libcurl says. It repeats the address of a proxy that it does not understand, password and all.
    private func reason(_ exchange: CurlExchange) -> String? {
        let reason = exchange.handle?.reason
        guard let reason, exchange.job.request.transport.proxy != nil,
            reason.lowercased().contains("proxy s")
        else { return reason }
        return "the address of the proxy can't be understood"
    }

    private func failure(_ exchange: CurlExchange, _ code: CURLcode) -> any Error {
        if let failure = exchange.failure { return failure }
        if code == CURLE_ABORTED_BY_CALLBACK, let error = exchange.job.upload?.failure { return error }
        let reason = reason(exchange) ?? String(cString: curl_easy_strerror(code))
        func error(_ code: String, _ what: String) -> ApplicationError { exchange.failed(code, what, reason) }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return exchange.wasSent
                ? error(HTTPFailure.timeout, "no answer in time")
                : error(HTTPFailure.connectTimeout, "no connection in time")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            return error(HTTPFailure.tlsFailed, "no secure connection")
        // A line of the header that is too long is told as a lack of memory.
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_OUT_OF_MEMORY:
            return error(HTTPFailure.badResponse, "the answer can't be understood")
        case CURLE_URL_MALFORMAT:
            return ApplicationError.badRequest(
                code: "BAD_URL",
                "The URL \(HTTPFailure.place(of: exchange.job.request.url)) can't be understood (\(reason))",
                traceId: exchange.job.context.traceId)
        default:
            return exchange.wasSent
                ? error(HTTPFailure.connectionLost, "the connection ended before the answer was complete")
                : error(HTTPFailure.cannotConnect, "no connection")
        }
    }
}
#endif
