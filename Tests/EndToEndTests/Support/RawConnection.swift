import Glibc

/// A TCP connection to this machine on which a test sends what it likes, when it likes.
final class RawConnection: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects. Throws when nobody accepts.
    static func open(port: Int) throws -> RawConnection {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("No socket: error \(errno)") }
        let connection = RawConnection(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure("No connection to port \(port): error \(errno)") }
        return connection
    }

    /// Waits until nobody accepts connections any more.
    static func waitForRefusal(port: Int) async throws {
        let isRefused: Bool? = try await Deadline.wait { (try? open(port: port)) == nil ? true : nil }
        guard isRefused != nil else { throw Failure("Port \(port) still accepts connections") }
    }

    /// Sends text.
    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure("Can't send: error \(errno)") }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Sends as much of a text as the connection takes at once; false when the peer has closed it.
    func offer(_ text: String) -> Bool {
        let count = Array(text.utf8).withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        return count >= 0 || errno == EAGAIN
    }

    /// Everything that comes until the peer closes the connection.
    func receiveAll() async throws -> String {
        let received = try await receive { _ in false }
        return String(decoding: received, as: UTF8.self)
    }

    /// What comes until it contains a text.
    func receive(until text: String) async throws -> String {
        let received = try await receive { String(decoding: $0, as: UTF8.self).contains(text) }
        return String(decoding: received, as: UTF8.self)
    }

    // MARK: - Internal

    private func receive(until isComplete: ([UInt8]) -> Bool) async throws -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let all: [UInt8]? = try await Deadline.wait {
            while true {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count == 0 { return received }
                if count < 0 {
                    guard errno == EAGAIN || errno == EINTR else { throw Failure("Can't receive: error \(errno)") }
                    return nil
                }
                received += buffer[..<count]
                if isComplete(received) { return received }
            }
        }
        guard let all else {
            throw Failure("The peer did not answer in full: \(String(decoding: received, as: UTF8.self))")
        }
        return all
    }
}
