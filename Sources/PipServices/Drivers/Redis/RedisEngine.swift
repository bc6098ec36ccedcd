#if PIP_REDIS
import Glibc
import Synchronization

/// One connection to Redis, shared by all tasks: the half that tasks see. ``RedisLoop`` is the other, on its own thread.
///
/// A call that finds the connection quiet sends its command itself, without waiting, and so does not have to wake the
/// thread. Calls that come while answers are awaited queue up; the thread sends them together when the next answer wakes
/// it. When it has answered many callers at once, they are likely to call again, and the last of them to do so sends what
/// all have queued; the thread looks for answers a few times before it sleeps. So hardly anybody pays for waking it, and
/// the busier the connection, the more commands go out at once.
final class RedisEngine: Sendable {
    typealias Outcome = Result<RedisReply, RedisFailure>
    typealias Waiter = UnsafeContinuation<Outcome, Never>

    struct Options: Sendable {
        var address = RedisAddress()
        var connectTimeout = Duration.seconds(30)
        var commandTimeout = Duration.seconds(5)
        var retries = 3
        var maxQueue = 10_000
        var maxQueueBytes = 64 << 20
    }

    enum Phase: Sendable {
        case down
        case up
        case closed
    }

    struct State {
        var calls: RedisCalls<Waiter>
        var phase = Phase.down
        /// The socket while it is up, else -1.
        var socket: Int32 = -1
        /// Writing to it wakes the thread; -1 when the thread has ended.
        var alarm: Int32 = -1
        /// True while the thread waits for the socket, until `sleepsUntil`, or looks at it, or handles what it has found
        /// there: it will not send before it has taken another turn.
        var isAsleep = false
        /// True while the thread has bytes that the socket has not taken.
        var hasOutput = false
        /// How many callers are likely to call again, having been answered together with others.
        var comingBack = 0
        var sleepsUntil = Int64.max
        /// When the thread began its turn, or a call came while it was asleep.
        var stamp: Int64 = 0
        /// Where a call puts together what it sends.
        var output: [UInt8] = []
        /// What is left of the commands that a call has sent in part.
        var rest: [UInt8] = []
        var isClosing = false
        /// What came of the last attempt to connect, for the thread.
        var dialed: Result<Int32, RedisDialer.Refusal>?
        /// What kept it from being connected, for those who wait in vain.
        var reason = "it was not tried yet"
        var openers: [UnsafeContinuation<RedisDialer.Refusal?, any Error>] = []
        var closers: [UnsafeContinuation<Void, Never>] = []
    }

    let options: Options
    let clock: any ClockSource
    let random: any RandomSource
    let state: Locked<State>
    /// True from a ring until the thread's next turn.
    let isRung = Atomic(false)
    /// How long a call may take, in nanoseconds.
    let commandTimeout: Int64
    private let lastId = Atomic<UInt64>(0)

    init(_ options: Options, clock: any ClockSource, random: any RandomSource) {
        self.options = options
        self.clock = clock
        self.random = random
        commandTimeout = max(options.commandTimeout, .milliseconds(1)).inNanoseconds
        state = Locked(State(calls: RedisCalls(patience: commandTimeout)))
    }

    /// The clock's `uptime` in nanoseconds.
    var uptime: Int64 { clock.uptime.inNanoseconds }

    /// Sends a command, or several as one text, and waits for what comes of it.
    /// - Parameter replies: how many answers will come to a batch, which are given as an array; nil for one command.
    func call(_ bytes: [UInt8], replies: Int? = nil, deadline: Duration?) async -> Outcome {
        let id = lastId.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                if let failure = enqueue(id, waiter, bytes, replies, deadline) {
                    waiter.resume(returning: .failure(failure))
                }
            }
        } onCancel: {
            // A call that is not there yet sees by itself that its task is cancelled.
            state.withLock { $0.calls.abandon(id) }?.resume(returning: .failure(.cancelled))
        }
    }

    /// Starts the thread, and waits until the first connection stands.
    /// - Throws: what keeps it from standing.
    func open() async throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ApplicationError.internal(
                code: "NO_DESCRIPTOR", "No pipe can be opened: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        let (alarmEnd, alarm) = (ends[0], ends[1])
        let refusal: RedisDialer.Refusal? = try await withUnsafeThrowingContinuation { opener in
            // Before the thread starts, which may be done before this task goes on.
            state.withLock { state in
                state.alarm = alarm
                state.openers.append(opener)
            }
            do {
                try OwnThread.start { RedisLoop(self, alarm: alarmEnd).run() }
            } catch {
                state.withLock { state in
                    state.alarm = -1
                    state.openers = []
                }
                Glibc.close(alarmEnd)
                Glibc.close(alarm)
                opener.resume(throwing: error)
            }
        }
        if let refusal { throw refusal }
    }

    /// Ends the thread. Calls that wait fail.
    func stop() {
        state.withLock { $0.isClosing = true }
        wake()
    }

    /// Ends the thread, and waits until it has ended.
    func close() async {
        await withUnsafeContinuation { closer in
            let hasEnded = state.withLock { state in
                state.isClosing = true
                guard state.alarm >= 0 else { return true }
                state.closers.append(closer)
                return false
            }
            if hasEnded { closer.resume() } else { wake() }
        }
    }

    /// Wakes the thread from its wait.
    func wake() { state.withLock { ring($0) } }

    // MARK: - Internal

    private func ring(_ state: State) {
        guard state.alarm >= 0, !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        // A full pipe wakes it just as well.
        _ = write(state.alarm, &byte, 1)
    }

    /// Puts a call into the queue, and sends all that is there when it is time.
    /// - Returns: why the call can't be taken; nil when it is.
    private func enqueue(
        _ id: UInt64, _ waiter: Waiter, _ bytes: [UInt8], _ replies: Int?, _ deadline: Duration?
    ) -> RedisFailure? {
        let limit = deadline?.inNanoseconds ?? .max
        return state.withLock { state -> RedisFailure? in
            if state.isClosing || state.phase == .closed || state.alarm < 0 { return .closed }
            if Task.isCancelled { return .cancelled }
            if state.calls.liveCount >= options.maxQueue { return .queueFull(options.maxQueue) }
            if state.calls.unsentBytes > 0, state.calls.unsentBytes + bytes.count > options.maxQueueBytes {
                return .queueFull(state.calls.liveCount)
            }
            // While the thread is awake it keeps the time: asking for it takes longer than all the rest here.
            if state.isAsleep || state.phase != .up || limit < .max { state.stamp = uptime }
            if limit <= state.stamp {
                return state.phase == .up ? .notAsked : .unreachable(state.reason)
            }
            state.calls.append(
                id, waiter, bytes, replies: replies, deadline: state.stamp.adding(commandTimeout), limit: limit)
            let isLast = state.comingBack == 1
            state.comingBack = max(0, state.comingBack - 1)
            if state.mayCallsSend, isLast || state.isTimeToSend { send(&state) }
            if limit < state.sleepsUntil, state.isAsleep { ring(state) }
            return nil
        }
    }

    /// Sends the calls that wait, as far as that needs no waiting. The lock is held, so that the socket can't be closed
    /// meanwhile.
    private func send(_ state: inout State) {
        // What takes long to copy is for the thread.
        guard state.calls.unsentBytes <= 1 << 17 else { return ring(state) }
        if state.calls.sentCount == 0 { state.calls.noteSign(at: state.stamp) }
        state.calls.take(into: &state.output, upTo: .max)
        let sent = state.output.withUnsafeBytes {
            Glibc.send(state.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent > 0 { state.calls.confirm() } else { state.calls.takeBack() }
        if sent < state.output.count {
            if sent > 0 { state.rest = Array(state.output[sent...]) }
            ring(state)
        }
        // The room of a large command is given back.
        state.output.removeAll(keepingCapacity: state.output.capacity < 1 << 16)
    }
}

extension RedisEngine.State {
    /// Whether a call may send: the thread is not about to, and nothing is left to be sent before.
    var mayCallsSend: Bool { isAsleep && phase == .up && !hasOutput && rest.isEmpty }

    /// Whether the calls that wait should not wait longer for those that are likely to come: when the server has nothing
    /// to do, it gets the first half of them, while the others come.
    var isTimeToSend: Bool { calls.sentCount == 0 && calls.unsentCount >= comingBack }

    /// Takes what a call could not send by itself.
    mutating func takeRest(into output: inout [UInt8]) {
        guard !rest.isEmpty else { return }
        output += rest
        rest = []
    }
}

extension Int64 {
    /// The sum, or the largest number when it does not fit.
    func adding(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
#endif
