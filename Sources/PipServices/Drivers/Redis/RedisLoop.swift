#if PIP_REDIS
import Glibc

/// The thread of a ``RedisEngine``: sends what is queued, receives answers, keeps the time, and connects again.
final class RedisLoop {
    private let engine: RedisEngine
    private let alarm: Int32
    private var socket: Int32 = -1
    private var reader: RedisReplyReader?
    private var output: [UInt8] = []
    private var written = 0
    /// True when the socket takes no more for now.
    private var isBlocked = false
    private let input: UnsafeMutableRawBufferPointer
    private var replies: [RedisReply] = []
    private var answered: [RedisCalls<RedisEngine.Waiter>.Answered] = []
    /// How many more times to look for answers before going to sleep, and until when.
    private var looks = 0
    private var looksUntil: Int64 = 0

    /// How many attempts to connect have come to nothing, or to a connection that has answered nothing.
    private var attempt = 0
    private var nextDial: Int64 = 0
    private var isDialing = false
    private var hasBeenUp = false

    /// So many callers that are answered at once are busy with this server, and likely to call again soon.
    private static let crowd = 8
    private static let mostLooks = 40
    private static let longestLook: Int64 = 50_000

    init(_ engine: RedisEngine, alarm: Int32) {
        self.engine = engine
        self.alarm = alarm
        // No larger: what has just come is still in the cache nearest to the core when it is read.
        input = .allocate(byteCount: 32 << 10, alignment: 16)
    }

    deinit { input.deallocate() }

    /// Does the work until the engine is stopped.
    func run() {
        while step() {}
        end()
    }

    // MARK: - Internal

    /// What there is to do before waiting.
    private struct Turn {
        var isClosing = false
        var dialed: Result<Int32, RedisDialer.Refusal>?
        var ended: [(waiter: RedisEngine.Waiter, isSent: Bool)] = []
        var isDead = false
        var isUp = false
        var reason = ""
        var sleepsUntil = Int64.max
    }

    private func step() -> Bool {
        let now = engine.uptime
        let turn = takeTurn(now)
        guard !turn.isClosing else { return false }
        for (waiter, isSent) in turn.ended {
            waiter.resume(returning: .failure(isSent ? .noAnswer : turn.isUp ? .notAsked : .unreachable(turn.reason)))
        }
        if let dialed = turn.dialed { take(dialed, now) }
        if turn.isDead { drop("it answers no more", now) }
        if socket < 0, !isDialing, now >= nextDial { dial() }
        if !output.isEmpty, socket >= 0 {
            let wasBlocked = isBlocked
            send(now)
            // Another turn, for what came meanwhile, or to let it be known that the thread waits now.
            if output.isEmpty || !wasBlocked { return true }
        }
        // Something may have changed since the turn was taken.
        guard turn.ended.isEmpty, turn.dialed == nil, !turn.isDead else { return true }
        wait(until: turn.sleepsUntil, now)
        return true
    }

    private func takeTurn(_ now: Int64) -> Turn {
        engine.state.withLock { state -> Turn in
            // What rang before the lock was taken is seen in this turn.
            engine.isRung.store(false, ordering: .releasing)
            state.isAsleep = false
            state.stamp = now
            var turn = Turn(isClosing: state.isClosing, dialed: state.dialed)
            if turn.isClosing { return turn }
            state.dialed = nil
            (turn.ended, turn.isDead) = state.calls.expire(at: now)
            (turn.isUp, turn.reason) = (state.phase == .up, state.reason)
            if turn.isDead || turn.dialed != nil { return turn }
            if looks == 0 || state.phase != .up { state.comingBack = 0 }
            let isHeld = state.comingBack > 0 && !state.isTimeToSend && state.rest.isEmpty
            if state.phase == .up, output.isEmpty, !isHeld {
                if state.calls.sentCount == 0 { state.calls.noteSign(at: now) }
                state.takeRest(into: &output)
                state.calls.take(into: &output, upTo: 256 << 10)
            }
            turn.sleepsUntil = min(
                state.calls.nextEnd, now.adding(engine.commandTimeout),
                isDialing || state.phase == .up ? .max : max(nextDial, now))
            // Those who come while it is down don't wake it; it looks after them often enough.
            if state.phase != .up { turn.sleepsUntil = min(turn.sleepsUntil, now.adding(100_000_000)) }
            state.hasOutput = !output.isEmpty
            if output.isEmpty || isBlocked {
                state.isAsleep = true
                state.sleepsUntil = turn.sleepsUntil
            }
            return turn
        }
    }

    private func wait(until end: Int64, _ now: Int64) {
        if looks > 0 {
            // The next answers come sooner than it would be woken. Whoever else wants the core gets it, which may take
            // long where all are busy.
            while looks > 0, socket >= 0, !receive() {
                looks -= 1
                sched_yield()
                if engine.isRung.load(ordering: .acquiring) || engine.uptime >= looksUntil { looks = 0 }
            }
            return
        }
        var sources = [pollfd(fd: alarm, events: Int16(POLLIN), revents: 0), pollfd(fd: -1, events: 0, revents: 0)]
        if socket >= 0 {
            sources[1] = pollfd(
                fd: socket, events: Int16(POLLIN) | (output.isEmpty ? 0 : Int16(POLLOUT)), revents: 0)
        }
        // Rounded up, so that the end has come when it wakes; no longer than poll can count.
        let left = max(0, end.subtractingReportingOverflow(now).partialValue)
        let milliseconds = min(left.adding(999_999) / 1_000_000, 60_000)
        guard poll(&sources, nfds_t(sources.count), Int32(milliseconds)) > 0 else { return }
        if sources[0].revents != 0 {
            var bytes = (UInt64(0), UInt64(0))
            while read(alarm, &bytes, MemoryLayout.size(ofValue: bytes)) == MemoryLayout.size(ofValue: bytes) {}
        }
        if sources[1].revents & ~Int16(POLLOUT) != 0 { _ = receive() }
    }

    // MARK: Sending and receiving

    private func send(_ now: Int64) {
        while written < output.count {
            let count = output.withUnsafeBytes {
                Glibc.send(
                    socket, $0.baseAddress.map { $0 + written }, $0.count - written, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                if written == 0 { engine.state.withLock { $0.calls.confirm() } }
                written += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                isBlocked = true
                return
            } else if errno != EINTR {
                return drop(String(cString: strerror(errno)), now)
            }
        }
        // The room of a huge command is given back.
        output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
        (written, isBlocked) = (0, false)
    }

    /// Receives what has come.
    /// - Returns: false when that is nothing.
    private func receive() -> Bool {
        var hasReceived = false
        while let room = input.baseAddress {
            let count = recv(socket, room, input.count, 0)
            let error = errno
            if count < 0, error == EINTR { continue }
            if count < 0, error == EAGAIN || error == EWOULDBLOCK { return hasReceived }
            hasReceived = true
            let fault =
                switch count {
                case 1...: take(input[..<count])
                case 0: "it was closed by the server"
                default: String(cString: strerror(error))
                }
            if let fault { drop(fault, engine.uptime) }
            if fault != nil || count < input.count { return true }
        }
        return hasReceived
    }

    /// Reads the answers in a piece of what comes, and hands them over.
    /// - Returns: what is wrong with them; nil when nothing is.
    private func take(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> String? {
        reader?.feed(UnsafeRawBufferPointer(rebasing: bytes))
        do {
            while let reply = try reader?.next() { replies.append(reply) }
        } catch {
            deliver()
            return "the answer is not of its protocol: \(error.reason)"
        }
        return deliver() ? nil : "an answer came that nobody asked for"
    }

    /// Hands the replies to the calls that they belong to.
    /// - Returns: false when there were more than calls.
    @discardableResult
    private func deliver() -> Bool {
        guard !replies.isEmpty else { return true }
        attempt = 0
        let now = engine.uptime
        let areAsked = engine.state.withLock { state in
            state.calls.noteSign(at: now)
            let areAsked = replies.allSatisfy { state.calls.answer($0, &answered) }
            if answered.count >= Self.crowd {
                state.comingBack += answered.count
                (looks, looksUntil) = (Self.mostLooks, now.adding(Self.longestLook))
            }
            return areAsked
        }
        replies.removeAll(keepingCapacity: true)
        for call in answered { call.waiter.resume(returning: .success(call.reply)) }
        answered.removeAll(keepingCapacity: true)
        return areAsked
    }

    // MARK: Connecting

    private func dial() {
        isDialing = true
        let (engine, options) = (engine, engine.options)
        // Once it has worked, the calls that wait set the pace: an attempt that takes longer than they do helps none.
        let timeout =
            hasBeenUp ? min(options.connectTimeout, max(options.commandTimeout, .seconds(1))) : options.connectTimeout
        do {
            // A name that is looked up can keep a thread waiting for longer than calls want to.
            try OwnThread.start {
                let dialed: Result<Int32, RedisDialer.Refusal>
                do throws(RedisDialer.Refusal) {
                    dialed = .success(try RedisDialer.dial(options.address, timeout: timeout))
                } catch {
                    dialed = .failure(error)
                }
                let isTaken = engine.state.withLock { state in
                    guard !state.isClosing, state.alarm >= 0 else { return false }
                    state.dialed = dialed
                    return true
                }
                if isTaken { engine.wake() } else if case .success(let socket) = dialed { Glibc.close(socket) }
            }
        } catch {
            engine.state.withLock { $0.dialed = .failure(RedisDialer.Refusal(reason: error.message, isFinal: false)) }
            engine.wake()
        }
    }

    private func take(_ dialed: Result<Int32, RedisDialer.Refusal>, _ now: Int64) {
        isDialing = false
        attempt += 1
        nextDial = now.adding(delay)
        switch dialed {
        case .success(let socket):
            guard let reader = RedisReplyReader() else {
                Glibc.close(socket)
                return
            }
            (self.socket, self.reader, hasBeenUp) = (socket, reader, true)
            let openers = engine.state.withLock { state in
                (state.phase, state.socket) = (.up, socket)
                defer { state.openers = [] }
                return state.openers
            }
            for opener in openers { opener.resume(returning: nil) }
        case .failure(let refusal):
            let openers = engine.state.withLock { state -> [UnsafeContinuation<RedisDialer.Refusal?, any Error>] in
                state.reason = refusal.reason
                guard refusal.isFinal || attempt > engine.options.retries else { return [] }
                defer { state.openers = [] }
                return state.openers
            }
            for opener in openers { opener.resume(returning: refusal) }
        }
    }

    /// How long to wait after an attempt, before the next: longer each time, up to 3 s, and never for all alike.
    private var delay: Int64 {
        let longest = min(Int64(attempt) * 100, 3000) * 1_000_000
        return longest / 2 + Int64(engine.random.next(in: 0..<1025)) * (longest / 2048)
    }

    /// Gives up the connection. What was sent gets no answer any more; the rest waits for the next connection.
    private func drop(_ reason: String, _ now: Int64) {
        guard socket >= 0 else { return }
        let lost = engine.state.withLock { state in
            (state.phase, state.socket, state.reason, state.rest) = (.down, -1, reason, [])
            // Under the lock: a call may be about to send.
            Glibc.close(socket)
            // What the socket has taken nothing of goes out on the next connection.
            if written == 0 { state.calls.takeBack() }
            return state.calls.loseSent()
        }
        (socket, reader, output, written, isBlocked, looks) = (-1, nil, [], 0, false, 0)
        // The first attempt after a connection that has worked comes at once.
        if attempt == 0 { nextDial = now }
        for waiter in lost { waiter.resume(returning: .failure(.lost(reason))) }
    }

    private func end() {
        if socket >= 0 { drop("it is being closed", engine.uptime) }
        let (left, openers, closers) = engine.state.withLock { state in
            Glibc.close(state.alarm)
            Glibc.close(alarm)
            if case .success(let socket) = state.dialed { Glibc.close(socket) }
            (state.phase, state.alarm, state.dialed) = (.closed, -1, nil)
            defer { (state.openers, state.closers) = ([], []) }
            return (state.calls.removeAll(), state.openers, state.closers)
        }
        for waiter in left { waiter.resume(returning: .failure(.closed)) }
        for opener in openers {
            opener.resume(returning: RedisDialer.Refusal(reason: "the connection is being closed", isFinal: true))
        }
        for closer in closers { closer.resume() }
    }
}
#endif
