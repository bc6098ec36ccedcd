#if PIP_CURL
internal import CCurl
internal import CLinux
import Glibc

/// The sockets that the libcurl thread waits for, in an epoll instance.
///
/// libcurl calls ``watch(_:_:)`` when a transfer starts or stops waiting for a socket, so the cost of a wait does not
/// depend on the number of transfers. ``close()`` frees the instance.
struct CurlSockets: Sendable {
    private let epoll: Int32
    /// Wakes the thread. Nil in a copy for libcurl.
    private let wakeup: Wakeup?

    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init(_ wakeup: Wakeup) throws(ApplicationError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        self.wakeup = wakeup
        guard epoll >= 0, watch(wakeup.descriptor, CURL_POLL_IN) else {
            let reason = String(cString: strerror(errno))
            if epoll >= 0 { close() }
            throw .internal(code: "NO_DESCRIPTOR", "Cannot create an epoll instance: \(reason)")
        }
    }

    /// The descriptor as an argument for libcurl's callback; an integer needs no owner.
    var pointer: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: Int(epoll)) }

    /// Restores an instance from a ``pointer``, for ``watch(_:_:)``.
    init(_ pointer: UnsafeMutableRawPointer?) {
        epoll = Int32(truncatingIfNeeded: Int(bitPattern: pointer))
        wakeup = nil
    }

    /// Starts, changes or ends the wait for a socket.
    /// - Parameter what: one of libcurl's `CURL_POLL_` constants.
    /// - Returns: false if memory is exhausted.
    func watch(_ socket: Int32, _ what: Int32) -> Bool {
        var event = epoll_event(events: Self.events(what), data: epoll_data_t(fd: socket))
        if what == CURL_POLL_REMOVE {
            // The system has already removed a closed socket.
            epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event)
            return true
        }
        return epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0
            || epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0
    }

    /// Waits for a ready socket, a wake-up or the timeout, and clears the wake-up.
    /// - Parameter onReady: called for each ready socket with libcurl's `CURL_CSELECT_` flags.
    func wait(milliseconds: Int, _ onReady: (Int32, Int32) -> Void) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.maxEvents) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), Int32(milliseconds))
            for event in events.prefix(max(0, Int(count))) {
                if event.data.fd == wakeup?.descriptor {
                    wakeup?.clear()
                } else {
                    onReady(event.data.fd, Self.flags(event.events))
                }
            }
        }
    }

    /// Frees the instance. Do not use it afterwards.
    func close() { _ = Glibc.close(epoll) }

    // MARK: - Internal

    /// Further events are delivered by the next wait.
    private static let maxEvents = 64

    private static func events(_ what: Int32) -> UInt32 {
        let reading = what == CURL_POLL_IN || what == CURL_POLL_INOUT ? EPOLLIN.rawValue : 0
        return reading | (what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? EPOLLOUT.rawValue : 0)
    }

    private static func flags(_ events: UInt32) -> Int32 {
        let closed = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 ? 0 : CURL_CSELECT_ERR
        let reading = events & EPOLLIN.rawValue == 0 ? 0 : CURL_CSELECT_IN
        return closed | reading | (events & EPOLLOUT.rawValue == 0 ? 0 : CURL_CSELECT_OUT)
    }
}
#endif
