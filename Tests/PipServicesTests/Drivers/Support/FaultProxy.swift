import Glibc
import PipServicesTesting

@testable import PipServices

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
        /// They go on after a while, at most 64 KB at a time: nothing more is read until then, as on a slow network.
        case slow(Duration)
    }

    fileprivate struct State {
        var mode = Mode.pass
        var accepts = true
        /// Counts the orders to reset all connections.
        var resets = 0
        /// How many more bytes of answers pass before all connections are reset; nil for any number.
        var bytesLeft: Int?
        /// The text of the question whose answer is to be lost.
        var fatalText: [UInt8]?
        /// How long there is peace between two faults that come by themselves; nil for ever.
        var peace: Range<Int>?
        var connections = 0
        var refusals = 0
        var faults = 0
        var questions = 0
        var isStopped = false
    }

    /// The port to connect to.
    let port: Int
    private let state = Locked(State())

    /// Starts a proxy in front of a server on loopback. It ends when nobody has it any more.
    init(to server: Int) throws {
        let (listener, port) = try Sockets.listen()
        self.port = port
        try OwnThread.start { [state] in FaultRelay(listener, server, state).run() }
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
    /// Resets all connections now and then from here on, at once or in the middle of an answer; nil ends it. It does not
    /// depend on tasks, which may have to wait among those of other tests.
    func disturb(everyMilliseconds peace: Range<Int>?) { state.withLock { $0.peace = peace } }
    /// Lets the next question that contains a text reach the server, and resets its connection in the place of the answer.
    func loseAnswer(to text: String) { state.withLock { $0.fatalText = Array(text.utf8) } }

    /// True when the answer was lost.
    var hasLostAnswer: Bool { state.withLock { $0.fatalText == nil } }
    /// How many connections there have been.
    var connections: Int { state.withLock { $0.connections } }
    /// How many attempts to connect were reset, since they were not wanted or the server was not there.
    var refusals: Int { state.withLock { $0.refusals } }
    /// How often the proxy has reset what was connected at the time, all of it or one.
    var faults: Int { state.withLock { $0.faults } }
    /// How many parts of questions have come.
    var questions: Int { state.withLock { $0.questions } }
}

// MARK: - Internal

/// Does the work of a ``FaultProxy``, on a thread of its own.
private final class FaultRelay {
    private struct Chunk {
        var bytes: ArraySlice<UInt8>
        let due: ContinuousClock.Instant
    }

    /// One direction of a connection.
    private final class Side {
        let source: Int32
        let target: Int32
        let isAnswer: Bool
        var chunks: [Chunk] = []
        /// The source has nothing more to say.
        var isOver = false
        /// The connection is to be reset as soon as the next bytes come.
        var isFatal = false
        /// The connection was reset: its sockets may be somebody else's already.
        var isGone = false
        init(_ source: Int32, _ target: Int32, isAnswer: Bool) {
            (self.source, self.target, self.isAnswer) = (source, target, isAnswer)
        }
    }

    private let listener: Int32
    private let server: Int
    private let state: Locked<FaultProxy.State>
    private var sides: [Side] = []
    private var resets = 0
    private let random = SeededRandom(seed: 7)
    private var nextFault = ContinuousClock.now

    init(_ listener: Int32, _ server: Int, _ state: Locked<FaultProxy.State>) {
        (self.listener, self.server, self.state) = (listener, server, state)
    }

    func run() {
        var room = [UInt8](repeating: 0, count: 65536)
        while true {
            let now = state.current
            if now.isStopped { break }
            if now.resets != resets {
                resets = now.resets
                fail(sides)
            }
            if let peace = now.peace, .now >= nextFault { disturb(peace) }
            var sources = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for side in sides {
                let isBusy = if case .slow = now.mode { !side.chunks.isEmpty } else { false }
                sources.append(pollfd(fd: side.isOver || isBusy ? -1 : side.source, events: Int16(POLLIN), revents: 0))
            }
            let isLate = sides.contains { !$0.chunks.isEmpty }
            poll(&sources, nfds_t(sources.count), isLate ? 1 : 5)
            // What is reset meanwhile has left `sides`, not this turn.
            for (index, side) in sides.enumerated() where sources[index + 1].revents != 0 && !side.isGone {
                read(side, now, &room)
            }
            for side in sides { write(side) }
            reset(sides.filter { $0.isOver && $0.chunks.isEmpty })
            if sources[0].revents != 0 { accept(state.current.accepts) }
        }
        reset(sides)
        close(listener)
    }

    private func disturb(_ peace: Range<Int>) {
        nextFault = .now + .milliseconds(random.next(in: peace))
        if random.next(in: 0..<2) == 0 {
            fail(sides)
        } else {
            let count = random.next(in: 1..<2000)
            state.withLock { $0.bytesLeft = count }
        }
    }

    private func accept(_ isWelcome: Bool) {
        guard let client = Sockets.accept(listener) else { return }
        guard isWelcome, let upstream = try? Sockets.connect(to: server) else {
            state.withLock { $0.refusals += 1 }
            return Sockets.reset(client)
        }
        state.withLock { $0.connections += 1 }
        sides.append(Side(client, upstream, isAnswer: false))
        sides.append(Side(upstream, client, isAnswer: true))
    }

    private func read(_ side: Side, _ now: FaultProxy.State, _ room: inout [UInt8]) {
        let count = recv(side.source, &room, room.count, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { side.isOver = true }
            return
        }
        if side.isFatal { return fail([side]) }
        var bytes = room[..<count]
        var delay = Duration.zero
        switch now.mode {
        case .pass: break
        case .delay(let duration), .slow(let duration): delay = duration
        case .swallow: return
        case .swallowAnswers: if side.isAnswer { return }
        }
        if !side.isAnswer, look(bytes) {
            for other in sides where other.source == side.target { other.isFatal = true }
        }
        let isCut = side.isAnswer && cut(&bytes)
        side.chunks.append(Chunk(bytes: ArraySlice(Array(bytes)), due: .now + delay))
        if isCut {
            write(side)
            fail(sides)
        }
    }

    /// True when this is the question whose answer is to be lost.
    private func look(_ question: ArraySlice<UInt8>) -> Bool {
        state.withLock { state in
            state.questions += 1
            guard let text = state.fatalText, !text.isEmpty, question.count >= text.count else { return false }
            let isFound = question.indices.dropLast(text.count - 1).contains {
                question[$0..<$0 + text.count].elementsEqual(text)
            }
            if isFound { state.fatalText = nil }
            return isFound
        }
    }

    private func cut(_ bytes: inout ArraySlice<UInt8>) -> Bool {
        state.withLock { state in
            guard let left = state.bytesLeft else { return false }
            let isCut = bytes.count >= left
            state.bytesLeft = isCut ? nil : left - bytes.count
            if isCut { bytes = bytes.prefix(left) }
            return isCut
        }
    }

    /// Sends on what is due, as far as it goes without waiting.
    private func write(_ side: Side) {
        while let chunk = side.chunks.first, chunk.due <= .now, !side.isGone {
            let count = chunk.bytes.withUnsafeBytes {
                send(side.target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count >= chunk.bytes.count {
                side.chunks.removeFirst()
            } else if count >= 0 {
                side.chunks[0].bytes = chunk.bytes.dropFirst(count)
            } else if errno == EAGAIN || errno == EINTR {
                return
            } else {
                side.isOver = true
                side.chunks = []
            }
        }
    }

    /// Resets connections, and counts it when there are any.
    private func fail(_ over: [Side]) {
        guard !over.isEmpty else { return }
        state.withLock { $0.faults += 1 }
        reset(over)
    }

    /// Both directions of a connection end together.
    private func reset(_ over: [Side]) {
        guard !over.isEmpty else { return }
        let sockets = Set(over.flatMap { [$0.source, $0.target] })
        for side in sides where sockets.contains(side.source) { side.isGone = true }
        sides.removeAll(where: \.isGone)
        for socket in sockets { Sockets.reset(socket) }
    }
}
