#if PIP_CURL
internal import CCurl
import Glibc

/// Waits for the sockets of libcurl's transfers, for its time, and for who wakes it.
///
/// libcurl is told which sockets are ready. Asked to look by itself it would look at every transfer there is, each time
/// with a system call, which makes many transfers cost as much as their number squared. The socket of a connection that
/// is kept stays watched, although libcurl has no interest in it between two transfers.
final class CurlSockets {
    private let multi: UnsafeMutableRawPointer
    private let poller: Int32
    private let alarm: Int32
    private let clock = SystemClock()
    private var ready = [pip_epoll_ready](repeating: pip_epoll_ready(), count: 64)
    /// When libcurl wants to be called, whatever comes or not.
    private var due: Duration?
    /// The open sockets of connections.
    private var connections: [Int32: Interest] = [:]

    /// What is to be known of a socket, as of CURL_POLL_*.
    private struct Interest {
        /// By libcurl; 0 for nothing.
        var wanted: Int32 = 0
        /// What the system was told.
        var watched: Int32 = 0
    }

    /// Nil when the system gives no descriptor.
    init?(_ multi: UnsafeMutableRawPointer) {
        self.multi = multi
        poller = pip_epoll_create()
        alarm = pip_eventfd_create()
        guard poller >= 0, alarm >= 0, pip_epoll_watch(poller, alarm, CURL_POLL_IN) == 0 else {
            if poller >= 0 { close(poller) }
            if alarm >= 0 { close(alarm) }
            return nil
        }
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        pip_curl_multi_set_sockets(
            multi,
            { _, socket, what, pointer, _ in
                guard let sockets = CurlSockets.at(pointer) else { return 0 }
                sockets.watch(socket, what)
                return 0
            }, pointer)
        pip_curl_multi_set_timer(
            multi,
            { _, milliseconds, pointer in
                guard let sockets = CurlSockets.at(pointer) else { return 0 }
                sockets.due = milliseconds < 0 ? nil : sockets.clock.uptime + .milliseconds(milliseconds)
                return 0
            }, pointer)
    }

    deinit {
        close(poller)
        close(alarm)
    }

    /// Wakes the thread that waits, from any thread. To be called no more when the sockets are gone.
    var wake: @Sendable () -> Void {
        { [alarm] in
            var one = UInt64(1)
            write(alarm, &one, MemoryLayout<UInt64>.size)
        }
    }

    /// True when libcurl wants to be called at once.
    var isDue: Bool { due.map { $0 <= clock.uptime } ?? false }

    /// Lets libcurl do what is due.
    func callWhenDue() {
        guard isDue else { return }
        // Before: it may want to be called again.
        due = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_BAD, 0, &running)
    }

    /// Lets libcurl deal with the sockets that are ready.
    /// - Parameter waits: whether to wait for one, until something is due or it is woken.
    func serve(waits: Bool) {
        var milliseconds = 0.0
        if waits { milliseconds = min(10_000, max(0, due.map { ($0 - clock.uptime).milliseconds } ?? 10_000)) }
        let count = pip_epoll_wait(poller, &ready, Int32(milliseconds.rounded(.up)))
        for index in 0..<max(0, Int(count)) {
            if ready[index].socket == alarm {
                var woken = UInt64(0)
                read(alarm, &woken, MemoryLayout<UInt64>.size)
            } else {
                serve(ready[index])
            }
        }
    }

    /// Lets libcurl ask here for the sockets of a handle's connections, and say here that they are to be closed.
    func setCallbacks(_ handle: UnsafeMutableRawPointer) {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        pip_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, pointer)
        pip_curl_set_open(handle) { pointer, _, address in
            let socket = pip_curl_open(address)
            if socket >= 0 { CurlSockets.at(pointer)?.connections[socket] = Interest() }
            return socket
        }
        pip_curl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, pointer)
        pip_curl_set_close(handle) { pointer, socket in
            CurlSockets.at(pointer)?.connections[socket] = nil
            return close(socket)
        }
    }

    // MARK: - Internal

    /// Notes what libcurl wants to know. What can't be watched ends by its timeout: an error told to libcurl would end all
    /// transfers, for ever.
    private func watch(_ socket: Int32, _ what: Int32) {
        guard var interest = connections[socket] else {
            // One that libcurl uses for itself, and closes without a word.
            pip_epoll_watch(poller, socket, what)
            return
        }
        interest.wanted = what == CURL_POLL_REMOVE ? 0 : what
        if interest.wanted != 0, interest.wanted != interest.watched {
            interest.watched = pip_epoll_watch(poller, socket, what) < 0 ? 0 : what
        }
        connections[socket] = interest
    }

    /// Passes on that a socket is ready.
    private func serve(_ ready: pip_epoll_ready) {
        if let interest = connections[ready.socket], interest.wanted == 0 {
            // A kept connection that the peer has closed. libcurl notices when it is to be used.
            pip_epoll_watch(poller, ready.socket, CURL_POLL_REMOVE)
            connections[ready.socket]?.watched = 0
            return
        }
        var running: Int32 = 0
        curl_multi_socket_action(multi, ready.socket, ready.what, &running)
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> CurlSockets? {
        pointer.map { Unmanaged<CurlSockets>.fromOpaque($0).takeUnretainedValue() }
    }
}
#endif
