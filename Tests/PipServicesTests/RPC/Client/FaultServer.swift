import Glibc
import PipServices

/// A server that misbehaves as it is told: it gives each connection, with what came on it first, to a closure.
final class FaultServer: Sendable {
    /// One connection.
    struct Connection: Sendable {
        let descriptor: Int32
        /// How many came before.
        let number: Int

        /// What comes until the end of a request's header; nil at the end.
        func readRequest() -> String? { read(until: "\r\n\r\n") }

        /// What comes until a text is in it, behind what came before; nil at the end.
        func read(until text: String, after start: String = "") -> String? {
            var all = Array(start.utf8)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !String(decoding: all, as: UTF8.self).contains(text) {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                all += buffer[..<count]
            }
            return String(decoding: all, as: UTF8.self)
        }

        func write(_ text: String) {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return }
                bytes = bytes.dropFirst(count)
            }
        }

        /// Blocks until the peer ends the connection; true when it has.
        func waitForEnd() -> Bool {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count == 0 { return true }
                if count < 0 { return errno == ECONNRESET }
            }
        }

        /// Sends nothing more, and blocks until the peer's system has been told so.
        func end() {
            shutdown(descriptor, Int32(SHUT_WR))
            // The state of the connection is the first byte of what Linux tells of it.
            var state = [UInt8](repeating: 0, count: 256)
            var size = socklen_t(state.count)
            while getsockopt(descriptor, SOL_TCP, TCP_INFO, &state, &size) == 0, state[0] == Self.isEnding {
                size = socklen_t(state.count)
                usleep(1000)
            }
        }

        /// The end is on its way, and not acknowledged yet (`TCP_FIN_WAIT1`).
        private static let isEnding: UInt8 = 4
    }

    let port: Int
    private let listener: Int32
    private let requestTexts = Locked<[String]>([])
    private let endings = Locked(0)
    private let ownEndings = Locked(0)

    var address: String { "http://127.0.0.1:\(port)" }
    /// The requests that came.
    var requests: [String] { requestTexts.current }
    /// How many connections the peer has ended.
    var ended: Int { endings.current }
    /// How many connections this side has ended, as far as their peers can know.
    var closed: Int { ownEndings.current }

    /// - Parameter answer: is given each request; false ends the connection.
    init(_ answer: @escaping @Sendable (Connection, String) -> Bool) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw ApplicationError.internal(code: "NO_SOCKET", "Can't listen: error \(errno)") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let (requestTexts, endings, ownEndings) = (requestTexts, endings, ownEndings)
        try Self.thread {
            var number = 0
            // Closed by who accepts: its number would belong to something else as soon as it is closed.
            defer { close(listener) }
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard descriptor >= 0 else { return }
                let connection = Connection(descriptor: descriptor, number: number)
                number += 1
                try? Self.thread {
                    while let request = connection.readRequest() {
                        requestTexts.withLock { $0.append(request) }
                        guard answer(connection, request) else { break }
                    }
                    connection.end()
                    ownEndings.withLock { $0 += 1 }
                    if connection.waitForEnd() { endings.withLock { $0 += 1 } }
                    close(descriptor)
                }
            }
        }
    }

    /// Stops to accept.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func thread(_ body: @escaping @Sendable () -> Void) throws {
        final class Start: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard result == 0 else { throw ApplicationError.internal(code: "NO_THREAD", "Error \(result)") }
        pthread_detach(thread)
    }
}
