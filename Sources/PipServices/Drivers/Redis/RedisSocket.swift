#if PIP_REDIS
internal import CLinux
import Glibc

/// A connected stream socket that never blocks, except in functions named `wait`. Its deinitializer closes it.
///
/// A system call does not retain this object, which an optimised build may release after its last use in Swift. Each
/// call is therefore wrapped in `withExtendedLifetime`, so that its descriptor is not closed and reused during the
/// call.
final class RedisSocket: Sendable {
    /// Valid while this object exists. Not inherited by child processes.
    let descriptor: Int32

    private init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Sends bytes starting at `start`.
    /// - Returns: the number of bytes that the system accepted; nil if it currently accepts none.
    func send(_ bytes: [UInt8], from start: Int) throws(RedisConnectionError) -> Int? {
        while true {
            let (count, code) = withExtendedLifetime(self) {
                bytes[start...].withUnsafeBytes {
                    (Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)), errno)
                }
            }
            if count >= 0 { return count }
            if code == EAGAIN || code == EWOULDBLOCK { return nil }
            if code != EINTR { throw RedisConnectionError(errno: code) }
        }
    }

    /// Receives the available bytes, up to the size of `buffer`.
    /// - Returns: the number of bytes; nil if there are none.
    func receive(into buffer: inout [UInt8]) throws(RedisConnectionError) -> Int? {
        while true {
            let (count, code) = withExtendedLifetime(self) {
                buffer.withUnsafeMutableBytes { (recv(descriptor, $0.baseAddress, $0.count, 0), errno) }
            }
            if count > 0 { return count }
            if count == 0 { throw RedisConnectionError(reason: "the server closed it") }
            if code == EAGAIN || code == EWOULDBLOCK { return nil }
            if code != EINTR { throw RedisConnectionError(errno: code) }
        }
    }

    /// Blocks until the socket is ready for the `poll` events.
    /// - Throws: an error at `end`, a reading of the system clock's `uptime`.
    func wait(for events: Int32, until end: Duration) throws(RedisConnectionError) {
        var sources = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        while true {
            let left = (end - SystemClock().uptime).inNanoseconds
            guard left > 0 else { throw RedisConnectionError(reason: "no answer in time") }
            if withExtendedLifetime(self, { Self.poll(&sources, nanoseconds: left) }) { return }
        }
    }

    /// Blocks until `wakeup` is signalled, a socket is readable (or writable if `isSending`), or the timeout.
    static func wait(
        for wakeup: Wakeup, _ socket: RedisSocket?, isSending: Bool, nanoseconds: Int64
    ) -> (isReadable: Bool, isWritable: Bool) {
        var sources = [
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            // `poll` ignores a negative descriptor.
            pollfd(fd: socket?.descriptor ?? -1, events: Int16(isSending ? POLLIN | POLLOUT : POLLIN), revents: 0),
        ]
        guard withExtendedLifetime((wakeup, socket), { poll(&sources, nanoseconds: nanoseconds) }) else {
            return (false, false)
        }
        if sources[0].revents != 0 { wakeup.clear() }
        let events = Int32(sources[1].revents)
        // A failed connection counts as readable: receiving returns the reason.
        return (events & ~POLLOUT != 0, events & POLLOUT != 0)
    }

    /// Connects to the first address of a host that accepts. Each address gets an equal share of the remaining time.
    static func connect(
        to address: RedisAddress, _ resolver: HostResolver, until end: Duration
    ) throws(RedisConnectionError) -> RedisSocket {
        if let path = address.path { return try connect(toPath: path, until: end) }
        let candidates: [HostAddress]
        do throws(HostFailure) {
            candidates = try resolver.addresses(
                of: address.host, port: address.port, within: end - SystemClock().uptime)
        } catch {
            throw RedisConnectionError(reason: error.reason)
        }
        var failure = RedisConnectionError(reason: "the host has no address")
        for (index, candidate) in candidates.enumerated() {
            let now = SystemClock().uptime
            do throws(RedisConnectionError) {
                let socket = try connect(candidate, until: now + (end - now) / (candidates.count - index))
                socket.setTCPOptions()
                return socket
            } catch {
                failure = error
            }
        }
        throw failure
    }

    // MARK: - Internal

    private static func connect(toPath path: String, until end: Duration) throws(RedisConnectionError) -> RedisSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The path ends with a zero byte.
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw RedisConnectionError(reason: "the path of the socket is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return try withUnsafePointer(to: address) { pointer throws(RedisConnectionError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(RedisConnectionError) in
                try connect(AF_UNIX, pointer, socklen_t(MemoryLayout<sockaddr_un>.size), until: end)
            }
        }
    }

    private static func connect(
        _ address: HostAddress, until end: Duration
    ) throws(RedisConnectionError) -> RedisSocket {
        try address.bytes.withUnsafeBufferPointer { bytes throws(RedisConnectionError) in
            guard let start = UnsafeRawPointer(bytes.baseAddress) else {
                throw RedisConnectionError(reason: "the host has no address")
            }
            return try connect(
                address.family, start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count), until: end)
        }
    }

    private static func connect(
        _ family: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t, until end: Duration
    ) throws(RedisConnectionError) -> RedisSocket {
        let descriptor = pip_stream_socket(family)
        guard descriptor >= 0 else { throw RedisConnectionError(errno: errno) }
        let socket = RedisSocket(owning: descriptor)
        let code = withExtendedLifetime(socket) { Glibc.connect(descriptor, address, size) == 0 ? 0 : errno }
        if code == 0 { return socket }
        guard code == EINPROGRESS || code == EINTR else { throw RedisConnectionError(errno: code) }
        try socket.wait(for: POLLOUT, until: end)
        let failure = socket.pendingError()
        guard failure == 0 else { throw RedisConnectionError(errno: failure) }
        return socket
    }

    /// The result of connecting as an `errno`; 0 for success.
    private func pendingError() -> Int32 {
        var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        return withExtendedLifetime(self) {
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
        }
    }

    /// Disables Nagle's algorithm, and probes an idle connection after 15 s, three times in 15 s.
    private func setTCPOptions() {
        let tcp = SOL_TCP
        let options = [
            (tcp, TCP_NODELAY, 1), (SOL_SOCKET, SO_KEEPALIVE, 1), (tcp, TCP_KEEPIDLE, 15), (tcp, TCP_KEEPINTVL, 5),
            (tcp, TCP_KEEPCNT, 3),
        ]
        withExtendedLifetime(self) {
            for (level, name, value) in options {
                var value = Int32(value)
                setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
            }
        }
    }

    /// Polls for events. Returns false after a timeout, and if a signal interrupts it.
    private static func poll(_ sources: inout [pollfd], nanoseconds: Int64) -> Bool {
        // Rounded up, so that the timeout has passed on return; limited to the range of `poll`.
        let milliseconds = min(max(0, nanoseconds).adding(999_999) / 1_000_000, 60_000)
        return Glibc.poll(&sources, nfds_t(sources.count), Int32(milliseconds)) > 0
    }
}
#endif
