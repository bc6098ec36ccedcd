#if PIP_CURL
internal import CCurl
import Glibc

/// What libcurl wants to know of its transfers' sockets, and when it wants to be called.
///
/// libcurl is told which sockets are ready. Asked to look by itself it would look at every transfer there is, each time
/// with a system call, which makes many transfers cost as much as their number squared. The socket of a connection that
/// is kept stays watched, although libcurl has no interest in it between two transfers.
final class CurlSockets {
    private let multi: UnsafeMutableRawPointer
    private let poller: CurlPoller
    private let clock = SystemClock()
    /// The time, as of the last ``readClock()``.
    private(set) var now = Duration.zero
    /// When libcurl wants to be called, whatever comes or not.
    private(set) var due: Duration?
    /// The open sockets of connections.
    private var connections: [Int32: Interest] = [:]
    private var lastNumber: UInt32 = 0

    /// What is to be known of a socket, as of CURL_POLL_*.
    private struct Interest {
        /// Tells the socket from others that have its descriptor before or later.
        let number: UInt32
        /// By libcurl; 0 for nothing.
        var wanted: Int32 = 0
        /// What the system was told.
        var watched: Int32 = 0
    }

    init(_ multi: UnsafeMutableRawPointer, _ poller: CurlPoller) {
        self.multi = multi
        self.poller = poller
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
                sockets.due = milliseconds < 0 ? nil : sockets.now + .milliseconds(milliseconds)
                return 0
            }, pointer)
    }

    /// Whoever calls libcurl reads it once before: many requests are carried out at a time, and libcurl asks for the
    /// time that it has to be called at several times for each.
    func readClock() { now = clock.uptime }

    /// True when libcurl wants to be called at once.
    var isDue: Bool { due.map { $0 <= now } ?? false }

    /// Lets libcurl do what is due.
    func callWhenDue() {
        guard isDue else { return }
        // Before: it may want to be called again.
        due = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_BAD, 0, &running)
    }

    /// Lets libcurl deal with a socket that is ready.
    func serve(_ ready: CurlPoller.Ready.Element) {
        let interest = connections[ready.socket]
        // By now it may be another one, or none.
        guard ready.number == interest?.number ?? 0 else { return }
        if let interest, interest.wanted == 0 {
            // A kept connection that the peer has closed. libcurl notices when it is to be used.
            poller.watch(ready.socket, interest.number, CURL_POLL_REMOVE)
            connections[ready.socket]?.watched = 0
            return
        }
        var running: Int32 = 0
        curl_multi_socket_action(multi, ready.socket, ready.what, &running)
    }

    /// Lets libcurl ask here for the sockets of a handle's connections, and say here that they are to be closed.
    func setCallbacks(_ handle: UnsafeMutableRawPointer) {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        pip_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, pointer)
        pip_curl_set_open(handle) { pointer, _, address in
            let socket = pip_curl_open(address)
            if socket >= 0 { CurlSockets.at(pointer)?.add(socket) }
            return socket
        }
        pip_curl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, pointer)
        pip_curl_set_close(handle) { pointer, socket in
            CurlSockets.at(pointer)?.connections[socket] = nil
            return close(socket)
        }
    }

    // MARK: - Internal

    private func add(_ socket: Int32) {
        // 0 is for the sockets that libcurl uses for itself.
        lastNumber = lastNumber == .max ? 1 : lastNumber + 1
        connections[socket] = Interest(number: lastNumber)
    }

    /// Notes what libcurl wants to know. What can't be watched ends by its timeout: an error told to libcurl would end all
    /// transfers, for ever.
    private func watch(_ socket: Int32, _ what: Int32) {
        guard var interest = connections[socket] else {
            // One that libcurl uses for itself, and closes without a word.
            poller.watch(socket, 0, what)
            return
        }
        interest.wanted = what == CURL_POLL_REMOVE ? 0 : what
        if interest.wanted != 0, interest.wanted != interest.watched {
            interest.watched = poller.watch(socket, interest.number, what) ? what : 0
        }
        connections[socket] = interest
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> CurlSockets? {
        pointer.map { Unmanaged<CurlSockets>.fromOpaque($0).takeUnretainedValue() }
    }
}
#endif
