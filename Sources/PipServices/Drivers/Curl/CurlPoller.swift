#if PIP_CURL
internal import CCurl
import Glibc

/// Waits for the sockets of libcurl's transfers, and for who wakes it.
final class CurlPoller: Sendable {
    private let poller: Int32
    private let alarm: Int32

    /// Nil when the system gives no descriptor.
    init?() {
        poller = pip_epoll_create()
        alarm = pip_eventfd_create()
        guard poller >= 0, alarm >= 0, pip_epoll_watch(poller, alarm, 0, CURL_POLL_IN) == 0 else {
            if poller >= 0 { close(poller) }
            if alarm >= 0 { close(alarm) }
            return nil
        }
    }

    deinit {
        close(poller)
        close(alarm)
    }

    /// Ends the wait, or the next one.
    func ring() {
        var one = UInt64(1)
        write(alarm, &one, MemoryLayout<UInt64>.size)
    }

    /// Watches a socket, one of CURL_POLL_*.
    /// - Parameter number: tells it from other sockets that have its descriptor before or later.
    /// - Returns: whether the system does so.
    @discardableResult
    func watch(_ socket: Int32, _ number: UInt32, _ what: Int32) -> Bool {
        pip_epoll_watch(poller, socket, number, what) >= 0
    }

    /// Waits until sockets are ready, for so many milliseconds at most.
    /// - Parameter ready: becomes the sockets that are.
    /// - Returns: false when neither a socket nor a ring has ended it.
    @discardableResult
    func wait(_ milliseconds: Int32, _ ready: inout Ready) -> Bool {
        let found = Int(pip_epoll_wait(poller, &ready.room, milliseconds))
        ready.count = 0
        for index in 0..<max(0, found) {
            if ready.room[index].socket == alarm {
                var rung = UInt64(0)
                read(alarm, &rung, MemoryLayout<UInt64>.size)
            } else {
                ready.room[ready.count] = ready.room[index]
                ready.count += 1
            }
        }
        return found > 0
    }

    /// Sockets that are ready, in room for 64 that is used again and again.
    struct Ready: RandomAccessCollection {
        fileprivate(set) var room = [pip_epoll_ready](repeating: pip_epoll_ready(), count: 64)
        fileprivate(set) var count = 0

        var startIndex: Int { 0 }
        var endIndex: Int { count }
        subscript(index: Int) -> pip_epoll_ready { room[index] }
    }
}
#endif
