#if PIP_AMQP
internal import CLinux
import Glibc

/// A connected non-blocking stream socket; only connecting blocks. The last release closes it.
///
/// A system call does not retain this object, so each one runs inside `withExtendedLifetime`.
final class AMQPSocket {
    /// The result of reading or writing.
    enum Transfer {
        case bytes(Int)
        /// No bytes can be transferred now.
        case nothing
        /// The connection has ended, with the reason.
        case ended(String)
    }

    let descriptor: Int32

    private init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    func receive(_ start: UnsafeMutablePointer<CChar>, _ size: Int) -> Transfer {
        while true {
            let (count, code) = withExtendedLifetime(self) { (recv(descriptor, start, size, 0), errno) }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended("the broker closed the connection") }
            if code == EAGAIN || code == EWOULDBLOCK { return .nothing }
            if code != EINTR { return .ended(String(cString: strerror(code))) }
        }
    }

    func send(_ start: UnsafePointer<CChar>, _ size: Int) -> Transfer {
        while true {
            let (count, code) = withExtendedLifetime(self) {
                (Glibc.send(descriptor, start, size, Int32(MSG_NOSIGNAL)), errno)
            }
            if count >= 0 { return .bytes(count) }
            if code == EAGAIN || code == EWOULDBLOCK { return .nothing }
            if code != EINTR { return .ended(String(cString: strerror(code))) }
        }
    }

    /// Connects to an address. Blocks the calling thread.
    /// - Parameters:
    ///   - end: the deadline, as `uptime` of the system clock.
    ///   - wakeup: ends the wait if `isCancelled` is then true.
    static func connect(
        _ address: HostAddress, until end: Duration, _ wakeup: Wakeup, isCancelled: () -> Bool
    ) throws(AMQPConnectionError) -> AMQPSocket {
        let descriptor = pip_stream_socket(address.family)
        guard descriptor >= 0 else { throw AMQPConnectionError(reason: String(cString: strerror(errno))) }
        let socket = AMQPSocket(owning: descriptor)
        socket.setOptions()
        let code = withExtendedLifetime(socket) {
            address.bytes.withUnsafeBytes {
                Glibc.connect(
                    descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
                    ? 0 : errno
            }
        }
        if code == 0 { return socket }
        guard code == EINPROGRESS || code == EINTR else {
            throw AMQPConnectionError(reason: String(cString: strerror(code)))
        }
        while true {
            let left = end - SystemClock().uptime
            guard left > .zero else { throw AMQPConnectionError(reason: "no answer in time") }
            let events = wait(for: wakeup, socket.descriptor, isSending: true, isReceiving: false, left)
            if isCancelled() { throw AMQPConnectionError(reason: "it is closed") }
            guard events.isWritable || events.isReadable else { continue }
            var (failure, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
            let result = withExtendedLifetime(socket) {
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno
            }
            guard result == 0 else { throw AMQPConnectionError(reason: String(cString: strerror(result))) }
            return socket
        }
    }

    /// Blocks until `wakeup` is signalled, the socket is ready, or the time has elapsed.
    static func wait(
        for wakeup: Wakeup, _ descriptor: Int32?, isSending: Bool, isReceiving: Bool = true, _ time: Duration
    ) -> (isReadable: Bool, isWritable: Bool) {
        let events = (isReceiving ? POLLIN : 0) | (isSending ? POLLOUT : 0)
        var sources = [
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            // `poll` ignores a negative descriptor.
            pollfd(fd: descriptor ?? -1, events: Int16(events), revents: 0),
        ]
        // Rounded up, so that the time has elapsed when it returns.
        let left = max(0, min(time, .seconds(60)).inNanoseconds)
        let milliseconds = left / 1_000_000 + (left % 1_000_000 > 0 ? 1 : 0)
        guard withExtendedLifetime(wakeup, { poll(&sources, 2, Int32(clamping: milliseconds)) }) > 0 else {
            return (false, false)
        }
        if sources[0].revents != 0 { wakeup.clear() }
        let found = Int32(sources[1].revents)
        return (found & ~POLLOUT != 0, found & POLLOUT != 0)
    }

    // MARK: - Internal

    private func setOptions() {
        var one = Int32(1)
        withExtendedLifetime(self) {
            _ = setsockopt(
                descriptor, SOL_TCP, TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
#endif
