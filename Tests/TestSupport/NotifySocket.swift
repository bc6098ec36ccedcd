import Glibc
import PipServices

/// The socket of a service manager, which receives what services report.
public final class NotifySocket: Sendable {
    /// A path, or a name in the abstract namespace after an `@`.
    public let name: String
    private let descriptor: Int32

    /// Why there is no socket.
    public struct Failure: Error {}

    /// Opens the socket.
    public init(_ name: String = NotifySocket.path()) throws {
        self.name = name
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | flags, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let isAbstract = name.hasPrefix("@")
        if isAbstract { address.sun_path.0 = 0 }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (isAbstract ? 0 : 1))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard code == 0 else { throw Failure() }
    }

    deinit {
        close(descriptor)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// A path for a socket.
    public static func path() -> String { "/tmp/pip-notify-\(IdGenerator.nextLong())" }

    /// The next message; nil if there is none.
    public func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
