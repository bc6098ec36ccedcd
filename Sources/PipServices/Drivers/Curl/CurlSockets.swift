#if PIP_CURL
internal import CCurl
import Glibc

/// Waits for the sockets of libcurl's transfers, for its time, and for who wakes it.
///
/// libcurl is told which sockets are ready. Asked to look by itself it would look at every transfer there is, each time
/// with a system call, which makes many transfers cost as much as their number squared.
final class CurlSockets {
    private let multi: UnsafeMutableRawPointer
    private let poller: Int32
    private let alarm: Int32
    private let clock = SystemClock()
    private var ready = [pip_epoll_ready](repeating: pip_epoll_ready(), count: 64)
    /// When libcurl wants to be called, whatever comes or not.
    private var due: Duration?

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
                // What can't be watched ends by its timeout: an error told here would end all transfers, for ever.
                pip_epoll_watch(sockets.poller, socket, what)
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
                var running: Int32 = 0
                curl_multi_socket_action(multi, ready[index].socket, ready[index].what, &running)
            }
        }
    }

    // MARK: - Internal

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> CurlSockets? {
        pointer.map { Unmanaged<CurlSockets>.fromOpaque($0).takeUnretainedValue() }
    }
}
#endif
