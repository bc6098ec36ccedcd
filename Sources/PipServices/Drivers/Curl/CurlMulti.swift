#if PIP_CURL
internal import CCurl
import Glibc

/// A libcurl multi handle with its transfers. Used by one thread only.
///
/// ``close()`` frees it. There is no deinitializer: the optimizer may release an object after its last visible use,
/// possibly before libcurl has finished with its memory.
final class CurlMulti {
    private let multi: UnsafeMutableRawPointer
    /// The cache of TLS sessions, which saves full handshakes with known peers.
    private let sessions: UnsafeMutableRawPointer
    private let limits: CurlLimits
    private let sockets: CurlSockets
    private let resolutions: CurlResolutions
    private var handles: [Int: CurlHandle] = [:]

    /// Nil if memory is exhausted.
    /// - Parameter sockets: the caller closes them after ``close()``.
    init?(_ limits: CurlLimits, _ sockets: CurlSockets) {
        let before = CloseOnExec.localSockets()
        guard let multi = curl_multi_init() else { return nil }
        // libcurl creates a socket pair to wake its own thread.
        for descriptor in CloseOnExec.localSockets().subtracting(before) { CloseOnExec.set(descriptor) }
        guard let sessions = curl_share_init() else {
            curl_multi_cleanup(multi)
            return nil
        }
        self.multi = multi
        self.sessions = sessions
        self.limits = limits
        self.sockets = sockets
        resolutions = CurlResolutions(limit: limits.resolutions)
        pip_curl_share_set(sessions, CURL_LOCK_DATA_SSL_SESSION)
        pip_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHost)
        // Without a value, libcurl derives one from the number of transfers.
        pip_curl_multi_set_long(
            multi, CURLMOPT_MAXCONNECTS, limits.idleConnections > 0 ? limits.idleConnections : Int(Int32.max))
        pip_curl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, sockets.pointer)
        pip_curl_multi_set_socket(multi) { easy, socket, what, sockets, _ in
            let isWatched = CurlSockets(sockets).watch(socket, what)
            // libcurl does not treat this as an error, but would never run a transfer again.
            if !isWatched || what == CURL_POLL_REMOVE, let easy, let exchange = CurlHandle.exchange(of: easy) {
                exchange.noteUnwatched(isLost: !isWatched)
            }
            return 0
        }
    }

    /// The number of transfers, including those waiting for a connection.
    var count: Int { handles.count }

    /// True after the first transfer: there may be open connections.
    private(set) var hasStarted = false

    /// Adds a transfer. ``runTimers()`` starts it.
    func start(_ exchange: CurlExchange) throws(CurlError) {
        exchange.resolutions = resolutions
        let handle = try CurlHandle(exchange, limits, sessions)
        guard curl_multi_add_handle(multi, handle.easy) == CURLM_OK else {
            handle.free()
            throw CurlError(CURLE_FAILED_INIT)
        }
        handles[exchange.call.id] = handle
        hasStarted = true
    }

    /// Starts and continues transfers, and ends those that timed out.
    func runTimers() { advance(CURL_SOCKET_TIMEOUT, 0) }

    /// Waits for sockets and processes events.
    /// - Parameters:
    ///   - canBlock: if true, waits until a socket is ready, a timer is due or the thread is woken.
    ///   - longest: the maximum wait in milliseconds.
    func wait(canBlock: Bool, longest: Int) {
        var milliseconds = 0
        if canBlock { curl_multi_timeout(multi, &milliseconds) }
        let limit = min(max(longest, 0), Self.longestWait)
        sockets.wait(milliseconds: milliseconds < 0 ? limit : min(milliseconds, limit)) {
            advance($0, $1)
        }
    }

    /// Removes and returns a finished transfer.
    func nextFinished() -> (exchange: CurlExchange, error: CurlError?)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // Removing the handle frees the message.
            let code = message.pointee.data.result
            guard let exchange = CurlHandle.exchange(of: easy), let handle = handles[exchange.call.id] else { continue }
            let error = code == CURLE_OK ? nil : CurlError(code, reason: handle.errorMessage)
            remove(handle, exchange)
            return (exchange, error)
        }
        return nil
    }

    /// Resumes a paused transfer.
    /// - Returns: the transfer if this ended it.
    func resume(_ id: Int) -> (exchange: CurlExchange, error: CurlError)? {
        guard let handle = handles[id] else { return nil }
        // Delivers data received in the meantime. If they are rejected, only this call reports it.
        let code = curl_easy_pause(handle.easy, CURLPAUSE_CONT)
        // For a transfer that has no connection and is not paused, libcurl reports an invalid argument.
        guard code != CURLE_OK, code != CURLE_BAD_FUNCTION_ARGUMENT else { return nil }
        let (exchange, error) = (handle.exchange, CurlError(code, reason: handle.errorMessage))
        remove(handle, exchange)
        return (exchange, error)
    }

    /// Removes a stalled transfer; nil if there is none.
    func removeStalled(_ id: Int) -> CurlExchange? {
        guard let exchange = handles[id]?.exchange, exchange.isStalled else { return nil }
        return cancel(id)
    }

    /// Removes a transfer; nil if it has ended. Cancelling closes its connection or resets its stream.
    func cancel(_ id: Int) -> CurlExchange? {
        guard let handle = handles[id] else { return nil }
        // libcurl delays the reset of an HTTP/2 stream until its next send on the connection. A connection without
        // other streams would never send it, so that connection is closed.
        pip_curl_set_long(handle.easy, CURLOPT_FORBID_REUSE, 1)
        let exchange = handle.exchange
        remove(handle, exchange)
        return exchange
    }

    /// Removes all transfers, closes all connections and frees the handle. No calls are allowed afterwards.
    /// - Returns: the removed transfers.
    func close() -> [CurlExchange] {
        let exchanges = handles.values.map(\.exchange)
        for handle in handles.values {
            curl_multi_remove_handle(multi, handle.easy)
            handle.free()
        }
        handles = [:]
        curl_multi_cleanup(multi)
        // Last: handles and connections refer to it.
        curl_share_cleanup(sessions)
        return exchanges
    }

    // MARK: - Internal

    /// In milliseconds. A safety limit in case a wake-up is lost.
    private static let longestWait = 60_000

    private func advance(_ socket: Int32, _ events: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, events, &running)
    }

    private func remove(_ handle: CurlHandle, _ exchange: CurlExchange) {
        handles[exchange.call.id] = nil
        curl_multi_remove_handle(multi, handle.easy)
        handle.free()
    }
}
#endif
