import Glibc
import PipServices

/// Stands between a driver and its server on loopback, and does to their connections what networks do.
final class FaultProxy: Sendable {
    /// What happens to bytes.
    enum Mode: Sendable, Equatable {
        /// They go on.
        case pass
        /// They go on after a while.
        case delay(Duration)
        /// They disappear.
        case swallow
        /// Those to the server go on, answers disappear.
        case swallowAnswers
    }

    private struct State {
        var mode = Mode.pass
        var accepts = true
        /// Counts the orders to reset all connections.
        var resets = 0
        /// How many more bytes of answers pass before all connections are reset; nil for any number.
        var bytesLeft: Int?
        var isStopped = false
    }

    /// The port to connect to.
    let port: Int
    private let state = Locked(State())
    private let ended = Locked(false)

    /// Starts a proxy in front of a server on loopback.
    init(to server: Int) throws {
        let (listener, port) = try Sockets.listen()
        self.port = port
        try Sockets.thread { [state, ended] in
            Relay(listener, server, state).run()
            ended.withLock { $0 = true }
        }
    }

    deinit { state.withLock { $0.isStopped = true } }

    /// What happens to bytes from now on.
    func set(_ mode: Mode) { state.withLock { $0.mode = mode } }
    /// False resets whoever connects.
    func accept(_ accepts: Bool) { state.withLock { $0.accepts = accepts } }
    /// Resets all connections.
    func reset() { state.withLock { $0.resets += 1 } }
    /// Resets all connections after so many more bytes of answers, mostly in the middle of one.
    func cut(after bytes: Int) { state.withLock { $0.bytesLeft = bytes } }

    /// Does the work, on a thread of its own.
    private final class Relay {
        private struct Chunk {
            let bytes: [UInt8]
            let due: ContinuousClock.Instant
        }

        private final class Side {
            let source: Int32
            let target: Int32
            let isAnswer: Bool
            var chunks: [Chunk] = []
            var isOver = false
            init(_ source: Int32, _ target: Int32, isAnswer: Bool) {
                (self.source, self.target, self.isAnswer) = (source, target, isAnswer)
            }
        }

        private let listener: Int32
        private let server: Int
        private let state: Locked<State>
        private var sides: [Side] = []
        private var resets = 0

        init(_ listener: Int32, _ server: Int, _ state: Locked<State>) {
            (self.listener, self.server, self.state) = (listener, server, state)
        }

        func run() {
            var room = [UInt8](repeating: 0, count: 65536)
            while true {
                let now = state.current
                if now.isStopped { break }
                if now.resets != resets {
                    resets = now.resets
                    resetAll()
                }
                var sources = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
                for side in sides {
                    sources.append(pollfd(fd: side.isOver ? -1 : side.source, events: Int16(POLLIN), revents: 0))
                }
                let isLate = sides.contains { !$0.chunks.isEmpty }
                poll(&sources, nfds_t(sources.count), isLate ? 1 : 5)
                for (index, side) in sides.enumerated() where sources[index + 1].revents != 0 {
                    read(side, now, &room)
                }
                for side in sides { write(side) }
                drop { $0.isOver && $0.chunks.isEmpty }
                if sources[0].revents != 0 { accept(now.accepts) }
            }
            resetAll()
            close(listener)
        }

        private func accept(_ isWelcome: Bool) {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            guard isWelcome, let upstream = try? Sockets.connect(to: server) else { return Sockets.reset(client) }
            sides.append(Side(client, upstream, isAnswer: false))
            sides.append(Side(upstream, client, isAnswer: true))
        }

        private func read(_ side: Side, _ now: State, _ room: inout [UInt8]) {
            let count = recv(side.source, &room, room.count, Int32(MSG_DONTWAIT))
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { side.isOver = true }
                return
            }
            var bytes = Array(room[..<count])
            var delay = Duration.zero
            switch now.mode {
            case .pass: break
            case .delay(let duration): delay = duration
            case .swallow: return
            case .swallowAnswers: if side.isAnswer { return }
            }
            var isCut = false
            if side.isAnswer {
                state.withLock { state in
                    guard let left = state.bytesLeft else { return }
                    isCut = bytes.count >= left
                    state.bytesLeft = isCut ? nil : left - bytes.count
                    if isCut { bytes = Array(bytes[..<left]) }
                }
            }
            side.chunks.append(Chunk(bytes: bytes, due: .now + delay))
            if isCut {
                write(side)
                resetAll()
            }
        }

        private func write(_ side: Side) {
            while let chunk = side.chunks.first, chunk.due <= .now {
                var sent = 0
                while sent < chunk.bytes.count {
                    let count = chunk.bytes.withUnsafeBytes {
                        send(side.target, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
                    }
                    guard count > 0 else {
                        side.isOver = true
                        side.chunks = []
                        return
                    }
                    sent += count
                }
                side.chunks.removeFirst()
            }
        }

        /// Both directions of a connection that has ended go together.
        private func drop(where isOver: (Side) -> Bool) {
            let over = Set(sides.filter(isOver).flatMap { [$0.source, $0.target] })
            guard !over.isEmpty else { return }
            sides.removeAll { over.contains($0.source) }
            for socket in over { close(socket) }
        }

        private func resetAll() {
            let sockets = Set(sides.map(\.source))
            sides = []
            for socket in sockets { Sockets.reset(socket) }
        }
    }
}
