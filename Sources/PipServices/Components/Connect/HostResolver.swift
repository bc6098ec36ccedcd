internal import CLinux
import Glibc

/// An address of a host, as system calls accept it.
struct HostAddress: Sendable, Hashable {
    let family: Int32
    /// A `sockaddr` with its port.
    let bytes: [UInt8]

    /// The address without its port as a string; nil if it has no such form.
    var text: String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = bytes.withUnsafeBytes {
            getnameinfo(
                $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count), &text,
                socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        }
        guard code == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }

    /// Returns true if the address accepts a connection, which is closed at once. Blocks the calling thread for at most
    /// `timeout`.
    func accepts(within timeout: Duration) -> Bool {
        let descriptor = pip_stream_socket(family)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let code = bytes.withUnsafeBytes {
            connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
                ? 0 : errno
        }
        if code == 0 { return true }
        guard code == EINPROGRESS else { return false }
        var source = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let milliseconds = Int32(clamping: max(0, min(timeout, .seconds(60)).wholeMilliseconds))
        guard poll(&source, 1, milliseconds) > 0 else { return false }
        var (failure, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0
    }
}

/// Why a host can't be resolved.
struct HostFailure: Error, Sendable, Hashable {
    let reason: String
}

/// Resolves hosts for drivers on dedicated threads, in bounded time.
///
/// The system limits neither the duration of `getaddrinfo` nor the number of its callers. Here each caller has its own
/// timeout, all callers of a host share one resolution, and at most `limit` resolutions run at a time. An abandoned
/// resolution runs to its end. Numeric addresses need no thread.
final class HostResolver: Sendable {
    typealias Lookup = @Sendable (_ host: String, _ port: Int) -> Result<[HostAddress], HostFailure>

    /// The resolver of the process.
    static let shared = HostResolver()

    private struct Flight: Sendable {
        var result: Result<[HostAddress], HostFailure>?
        var waiters: [Wakeup] = []
    }

    private struct Key: Hashable, Sendable {
        let host: ScalarText
        let port: Int
    }

    private let limit: Int
    private let lookup: Lookup
    private let flights = Locked<[Key: Locked<Flight>]>([:])

    /// - Parameter lookup: blocks until the host is resolved.
    init(limit: Int = 16, lookup: @escaping Lookup = { HostResolver.look(up: $0, port: $1) }) {
        (self.limit, self.lookup) = (limit, lookup)
    }

    /// Blocks the calling thread until the host is resolved, for at most `timeout`.
    /// - Throws: the reason if the host has no address, the timeout expires, or too many hosts are being resolved.
    func addresses(of host: String, port: Int, within timeout: Duration) throws(HostFailure) -> [HostAddress] {
        guard !host.utf8.contains(0) else { throw HostFailure(reason: "the host's name contains a zero byte") }
        if case .success(let addresses) = Self.look(up: host, port: port, isNumeric: true) { return addresses }
        guard let flight = flight(Key(host: ScalarText(host), port: port)) else {
            throw HostFailure(reason: "\(limit) hosts are being resolved already")
        }
        let wakeup: Wakeup
        do {
            wakeup = try Wakeup()
        } catch {
            throw HostFailure(reason: error.message)
        }
        let isWaiting = flight.withLock { flight in
            if flight.result == nil { flight.waiters.append(wakeup) }
            return flight.result == nil
        }
        if isWaiting { _ = wakeup.wait(atMost: timeout) }
        let result = flight.withLock { flight in
            flight.waiters.removeAll { $0 === wakeup }
            return flight.result
        }
        guard let result else { throw HostFailure(reason: "the host was not resolved in time") }
        return try result.get()
    }

    /// The number of running resolutions.
    var runningCount: Int { flights.withLock { $0.count } }

    // MARK: - Internal

    /// Returns the running or started resolution of a host; nil if there are too many.
    private func flight(_ key: Key) -> Locked<Flight>? {
        let (flight, isNew) = flights.withLock { flights -> (Locked<Flight>?, Bool) in
            if let flight = flights[key] { return (flight, false) }
            guard flights.count < limit else { return (nil, false) }
            let new = Locked(Flight())
            flights[key] = new
            return (new, true)
        }
        guard let flight, isNew else { return flight }
        do {
            try OwnThread.start { [self] in end(key, flight, lookup(key.host.text, key.port)) }
        } catch {
            end(key, flight, .failure(HostFailure(reason: error.message)))
        }
        return flight
    }

    private func end(_ key: Key, _ flight: Locked<Flight>, _ result: Result<[HostAddress], HostFailure>) {
        flights.withLock { _ = $0.removeValue(forKey: key) }
        let waiters = flight.withLock { flight in
            flight.result = result
            return flight.waiters
        }
        for waiter in waiters { waiter.wake() }
    }

    private static func look(up host: String, port: Int, isNumeric: Bool) -> Result<[HostAddress], HostFailure> {
        var hints = addrinfo()
        hints.ai_socktype = pip_stream_type()
        if isNumeric { hints.ai_flags = AI_NUMERICHOST }
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let first = list else {
            let reason = code == EAI_SYSTEM ? strerror(errno).map { String(cString: $0) } : nil
            return .failure(HostFailure(reason: reason ?? String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(first) }
        return .success(
            sequence(first: first) { $0.pointee.ai_next }.map { node in
                let bytes = UnsafeRawBufferPointer(start: node.pointee.ai_addr, count: Int(node.pointee.ai_addrlen))
                return HostAddress(family: node.pointee.ai_family, bytes: Array(bytes))
            })
    }

    /// Blocks for as long as the system call takes.
    static func look(up host: String, port: Int) -> Result<[HostAddress], HostFailure> {
        look(up: host, port: port, isNumeric: false)
    }
}
