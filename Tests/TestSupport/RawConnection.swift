import Glibc

/// A TCP connection to this machine on which a test sends what it likes, when it likes.
///
/// Nothing waits for longer than 120 s, which only a failure takes.
public final class RawConnection: Sendable {
    /// Why there is no connection, or nothing that came over it.
    public struct Failure: Error, CustomStringConvertible {
        /// What was asked for, and what there was.
        public let description: String
    }

    private let descriptor: Int32
    private static let pollInterval = Duration.milliseconds(5)
    private static let mostPolls = 24_000

    /// Connects.
    /// - Parameter receiveBuffer: how many bytes the system takes before they are received; nil for what it likes.
    /// - Throws: ``Failure`` when nobody accepts.
    public init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "No socket: error \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let error = errno
            close(descriptor)
            throw Failure(description: "No connection to port \(port): error \(error)")
        }
    }

    deinit { close(descriptor) }

    /// Waits until nobody accepts connections any more.
    public static func waitForRefusal(port: Int) async throws {
        let isRefused: Bool? = try await poll { (try? RawConnection(port: port)) == nil ? true : nil }
        guard isRefused != nil else { throw Failure(description: "Port \(port) still accepts connections") }
    }

    /// Sends bytes, as the connection takes them; false when the peer has closed it.
    @discardableResult
    public func send(_ bytes: [UInt8]) async throws -> Bool {
        var rest = bytes[...]
        let isSent: Bool? = try await Self.poll {
            while !rest.isEmpty {
                guard let count = offer(rest) else { return false }
                if count == 0 { return nil }
                rest = rest.dropFirst(count)
            }
            return true
        }
        guard let isSent else { throw Failure(description: "\(rest.count) of \(bytes.count) bytes are not taken") }
        return isSent
    }

    /// Sends text, as the connection takes it; false when the peer has closed it.
    @discardableResult
    public func send(_ text: String) async throws -> Bool { try await send(Array(text.utf8)) }

    /// Sends as much of a text as the connection takes at once; false when the peer has closed it.
    @discardableResult
    public func offer(_ text: String) -> Bool { offer(Array(text.utf8)[...]) != nil }

    /// Tells the peer that nothing more is sent.
    public func end() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes until it holds a text, or until the peer closes or cuts the connection.
    public func receive(until text: String? = nil) async throws -> String {
        try await receive(until: text, mayBeCut: true)
    }

    /// All that comes until the peer closes the connection. Throws ``Failure`` when it cuts it.
    public func receiveAll() async throws -> String { try await receive(until: nil, mayBeCut: false) }

    /// Receives until the peer closes or cuts the connection: some pieces at intervals, and then what is left. Gives the
    /// number of bytes. It happens in time also while other tests compute.
    public func receive(_ pieces: Int, ofAtMost most: Int, every interval: Duration) async -> Int {
        await onOwnThread { [self] in
            var bound = timeval(tv_sec: 120, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
            var (total, left) = (0, pieces)
            var buffer = [UInt8](repeating: 0, count: max(most, 65_536))
            while true {
                let count = recv(descriptor, &buffer, left > 0 ? most : buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return total }
                total += count
                guard left > 0 else { continue }
                left -= 1
                usleep(UInt32(interval / .microseconds(1)))
            }
        }
    }

    /// True once the peer has closed the connection; false when it does not.
    public func isClosed() async throws -> Bool {
        do {
            _ = try await receive()
            return true
        } catch is Failure { return false }
    }

    /// Waits until something has come, which stays to be received, or the peer has closed the connection.
    public func waitForBytes() async throws {
        let bytes: [UInt8]? = try await Self.poll { next(1, isLeft: true).bytes }
        guard bytes != nil else { throw Failure(description: "Nothing comes") }
    }

    // MARK: - Internal

    /// How many bytes are taken at once; nil when the peer has closed the connection.
    private func offer(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    private func receive(until text: String?, mayBeCut: Bool) async throws -> String {
        var received: [UInt8] = []
        let all: String? = try await Self.poll {
            while true {
                let (bytes, error) = next(65_536)
                if let error, !mayBeCut { throw Failure(description: "The connection is cut: error \(error)") }
                guard let bytes else { return nil }
                if bytes.isEmpty { return String(decoding: received, as: UTF8.self) }
                received += bytes
                guard let text else { continue }
                let all = String(decoding: received, as: UTF8.self)
                if all.contains(text) { return all }
            }
        }
        guard let all else { throw Failure(description: "Neither an end nor the text after \(received.count) bytes") }
        return all
    }

    /// What there is; nothing at the end of the connection, with an error when it was cut; nil before that.
    private func next(_ most: Int, isLeft: Bool = false) -> (bytes: [UInt8]?, error: Int32?) {
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            let flags = isLeft ? MSG_DONTWAIT | MSG_PEEK : MSG_DONTWAIT
            let result = recv(descriptor, buffer.baseAddress, most, Int32(flags))
            if result < 0 { failure = errno }
            count = max(0, result)
        }
        return failure == EAGAIN || failure == EINTR ? (nil, nil) : (bytes, failure)
    }

    private static func poll<Value>(_ step: () throws -> Value?) async throws -> Value? {
        for _ in 0..<mostPolls {
            if let value = try step() { return value }
            try await Task.sleep(for: pollInterval)
        }
        return nil
    }
}
