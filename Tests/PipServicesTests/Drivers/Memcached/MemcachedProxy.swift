import Glibc
import PipServices

/// A proxy in front of a server that cuts connections: when it is told to, or when an answer to a certain question comes.
final class MemcachedProxy: Sendable {
    private struct State {
        var pairs: [Int: (Int32, Int32)] = [:]
        var next = 0
        var isClosed = false
        var swallowed: [UInt8]?
        var questions = 0
    }

    let port: UInt16
    private let listener: Int32
    private let target: UInt16
    private let state = Locked(State())

    static func run<Result>(to port: UInt16, _ body: (MemcachedProxy) async throws -> Result) async throws -> Result {
        let proxy = try MemcachedProxy(target: port)
        startThread { proxy.accept() }
        defer { proxy.close() }
        return try await body(proxy)
    }

    /// How many connections there have been.
    var connections: Int { state.withLock { $0.next } }

    /// How many parts of questions have come.
    var questions: Int { state.withLock { $0.questions } }

    /// Resets all connections.
    func cut() {
        state.withLock { state in
            for (one, other) in state.pairs.values { for end in [one, other] { shutdown(end, Int32(SHUT_RDWR)) } }
        }
    }

    /// Lets the next question that contains a text reach the server, and cuts the connection in the place of the answer.
    func loseAnswer(to text: String) { state.withLock { $0.swallowed = Array(text.utf8) } }

    /// True when the answer was lost.
    var hasLostAnswer: Bool { state.withLock { $0.swallowed == nil } }

    // MARK: - Internal

    private init(target: UInt16) throws {
        self.target = target
        listener = try Sockets.listener(port: 0)
        port = try Sockets.port(of: listener)
    }

    private func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0, !state.withLock({ $0.isClosed }) else { break }
            var on: Int32 = 1
            setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            guard let server = Sockets.connection(to: target) else {
                Glibc.close(client)
                continue
            }
            let number = state.withLock { state in
                state.next += 1
                state.pairs[state.next] = (client, server)
                return state.next
            }
            Self.startThread { self.serve(number, client, server) }
        }
        Glibc.close(listener)
    }

    /// One thread for both directions: question and answer alternate.
    private func serve(_ number: Int, _ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var isSwallowing = false
        var ends = [
            pollfd(fd: client, events: Int16(POLLIN), revents: 0),
            pollfd(fd: server, events: Int16(POLLIN), revents: 0),
        ]
        loop: while poll(&ends, 2, -1) >= 0 {
            for (index, other) in [(0, server), (1, client)] where ends[index].revents != 0 {
                let count = recv(ends[index].fd, &buffer, buffer.count, 0)
                if count <= 0 { break loop }
                if index == 0 {
                    state.withLock { $0.questions += 1 }
                    isSwallowing = isSwallowing || swallows(buffer[..<count])
                } else if isSwallowing {
                    break loop
                }
                var sent = 0
                while sent < count {
                    let part = buffer.withUnsafeBytes {
                        send(other, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL))
                    }
                    if part <= 0 { break loop }
                    sent += part
                }
            }
        }
        state.withLock { $0.pairs[number] = nil }
        for end in [client, server] {
            // As a reset, not as a good-bye.
            var hard = linger(l_onoff: 1, l_linger: 0)
            setsockopt(end, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
            Glibc.close(end)
        }
    }

    private func swallows(_ question: ArraySlice<UInt8>) -> Bool {
        state.withLock { state in
            guard let text = state.swallowed, !text.isEmpty, question.count >= text.count else { return false }
            let isThere = question.indices.dropLast(text.count - 1).contains {
                question[$0..<$0 + text.count].elementsEqual(text)
            }
            if isThere { state.swallowed = nil }
            return isThere
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Body(body))
        pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        pthread_detach(thread)
    }
}
