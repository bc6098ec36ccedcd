import Glibc

@testable import PipServices

/// A server on loopback that answers as a test tells it, also what no real server would say. It ends when nobody has it
/// any more.
final class AnsweringServer: Sendable {
    fileprivate struct State {
        var connections = 0
        var isStopped = false
    }

    /// The port to connect to.
    let port: Int
    private let state = Locked(State())

    /// Starts a server. What comes at once counts as one question; it is answered on the server's only thread, which
    /// `answer` may keep waiting. An empty answer is none.
    init(host: UInt32 = 1, port: Int = 0, _ answer: @escaping @Sendable (_ question: String) -> String) throws {
        let (listener, port) = try Sockets.listen(host: host, port: port)
        self.port = port
        try OwnThread.start { [state] in AnsweringLoop(listener, state, answer).run() }
    }

    deinit { state.withLock { $0.isStopped = true } }

    /// How many connections there have been.
    var connections: Int { state.withLock { $0.connections } }
}

// MARK: - Internal

/// Does the work of an ``AnsweringServer``, on a thread of its own.
private final class AnsweringLoop {
    private let listener: Int32
    private let state: Locked<AnsweringServer.State>
    private let answer: @Sendable (String) -> String
    private var clients: [Int32] = []

    init(
        _ listener: Int32, _ state: Locked<AnsweringServer.State>, _ answer: @escaping @Sendable (String) -> String
    ) {
        (self.listener, self.state, self.answer) = (listener, state, answer)
    }

    func run() {
        while !state.withLock({ $0.isStopped }) {
            var sources = ([listener] + clients).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&sources, nfds_t(sources.count), 5)
            for source in sources.dropFirst() where source.revents != 0 { serve(source.fd) }
            if sources[0].revents != 0, let client = Sockets.accept(listener) {
                clients.append(client)
                state.withLock { $0.connections += 1 }
            }
        }
        for socket in clients + [listener] { close(socket) }
    }

    private func serve(_ client: Int32) {
        var room = [UInt8](repeating: 0, count: 65536)
        let count = recv(client, &room, room.count, 0)
        guard count > 0 else {
            close(client)
            clients.removeAll { $0 == client }
            return
        }
        let text = Array(answer(String(decoding: room[..<count], as: UTF8.self)).utf8)
        if !text.isEmpty { _ = send(client, text, text.count, Int32(MSG_NOSIGNAL)) }
    }
}
