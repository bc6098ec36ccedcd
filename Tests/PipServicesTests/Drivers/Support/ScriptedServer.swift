import Glibc

@testable import PipServices

/// A server on loopback that serves each connection by a closure, on a thread of its own. It accepts no more, and
/// ``isStopped`` is true, when nobody has it any more.
final class ScriptedServer: Sendable {
    /// One connection.
    struct Client: Sendable {
        let connection: FaultServer.Connection
        fileprivate let state: Locked<State>

        /// True when the script is to end.
        var isStopped: Bool { state.withLock { $0.isStopped } }
    }

    fileprivate struct State {
        var connections = 0
        var isStopped = false
    }

    /// The port to connect to.
    let port: Int
    private let listener: Int32
    private let state = Locked(State())

    init(_ serve: @escaping @Sendable (Client) -> Void) throws {
        let (listener, port) = try Sockets.listen()
        (self.listener, self.port) = (listener, port)
        try OwnThread.start { [state] in
            while let descriptor = Sockets.accept(listener) {
                let number = state.withLock { state in
                    state.connections += 1
                    return state.connections
                }
                try? OwnThread.start {
                    serve(Client(connection: .init(descriptor: descriptor, number: number), state: state))
                    close(descriptor)
                }
            }
            close(listener)
        }
    }

    deinit {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// How many connections there have been.
    var connections: Int { state.withLock { $0.connections } }
}
