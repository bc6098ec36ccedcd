import Glibc

@testable import PipServices

/// A connection to this machine on which a test sends what it likes, when it likes.
final class RawClient: Sendable {
    private let descriptor: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter receiveBuffer: how many bytes the system takes before they are received.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
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
            throw Failure(description: "No connection: error \(error)")
        }
    }

    deinit { close(descriptor) }

    /// Sends what the connection takes; false when the peer has closed it.
    @discardableResult
    func send(_ bytes: [UInt8]) async throws -> Bool {
        var rest = bytes[...]
        for _ in 0..<6000 where !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try await Task.sleep(for: .milliseconds(5))
            } else {
                return false
            }
        }
        return rest.isEmpty
    }

    @discardableResult
    func send(_ text: String) async throws -> Bool { try await send(Array(text.utf8)) }

    /// What comes until it holds a text, or until the peer closes the connection.
    func receive(until text: String? = nil, seconds: Int = 120) async throws -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<(seconds * 200) {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 { return String(decoding: received, as: UTF8.self) }
            if count > 0 {
                received += buffer[..<count]
                if let text, String(decoding: received, as: UTF8.self).contains(text) {
                    return String(decoding: received, as: UTF8.self)
                }
                continue
            }
            if errno != EAGAIN { return String(decoding: received, as: UTF8.self) }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Failure(description: "Neither an end nor the text after \(seconds) s: \(received.count) bytes")
    }

    /// The number of bytes that come next; nil when the peer has closed the connection.
    func receive(atMost most: Int) async throws -> Int? {
        var buffer = [UInt8](repeating: 0, count: most)
        for _ in 0..<24_000 {
            let count = recv(descriptor, &buffer, most, Int32(MSG_DONTWAIT))
            if count >= 0 { return count == 0 ? nil : count }
            guard errno == EAGAIN else { return nil }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Failure(description: "Nothing comes")
    }

    /// Tells the peer that nothing more is sent.
    func end() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Waits until something has come, which stays to be received.
    func waitForBytes() async throws {
        var byte: UInt8 = 0
        for _ in 0..<24_000 {
            guard recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK)) < 0, errno == EAGAIN else {
                return
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Failure(description: "Nothing came after 120 s")
    }

    /// True once the peer has closed the connection.
    func isClosed(seconds: Int = 120) async throws -> Bool {
        do {
            _ = try await receive(seconds: seconds)
            return true
        } catch is Failure { return false }
    }
}
