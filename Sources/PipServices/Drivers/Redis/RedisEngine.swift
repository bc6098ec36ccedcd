#if PIP_REDIS
import Synchronization

/// The sentinels of a group of servers, and the name of their master.
struct RedisSentinel: Sendable, Hashable {
    var addresses: [RedisAddress]
    var master: String
}

/// One connection to Redis that all tasks share: the part that tasks call. ``RedisLoop`` is the other, on its own thread.
///
/// A call appends its command to a queue and wakes the thread if that sleeps. The thread sends all queued commands
/// together and hands out the replies, so concurrent calls share system calls and round trips.
final class RedisEngine: Sendable {
    typealias Outcome = Result<RedisReply, RedisFailure>
    typealias Waiter = CheckedContinuation<Outcome, Never>

    struct Options: Sendable {
        var address = RedisAddress()
        /// Nil without encryption.
        var tls: RedisTLSSettings?
        /// Those who know where the master is, which then replaces the host and port of `address`.
        var sentinel: RedisSentinel?
        var connectTimeout = Duration.seconds(30)
        var commandTimeout = Duration.seconds(5)
        var retries = 3
        var maxQueue = 10_000
        var maxQueueBytes = 64 << 20
        /// How long calls wait for a lost connection before they fail at once; zero for as long as each may take.
        var downAfter = Duration.seconds(1)
        /// How old a connection may become; zero for any age.
        var maxAge = Duration.seconds(300)
        /// How often the sentinels are asked whether the master is still where it was; zero for only when connecting.
        var sentinelInterval = Duration.seconds(5)
        /// False for a connection that ends when it is lost, such as one with a state of its own.
        var reconnects = true
        /// Resolves the hosts, anew for each connection.
        var resolver = HostResolver.shared

        /// Where it is, for errors and logs.
        var place: String {
            guard let sentinel else { return address.description }
            return "'\(sentinel.master)' by \(sentinel.addresses.map(\.description).joined(separator: ", "))"
        }
    }

    /// What becomes of the connection.
    enum Change: Sendable {
        case lost(String)
        /// There is a connection again, or a new one in place of one that was too old.
        case reconnected
    }

    let options: Options
    let clock: any ClockSource
    let random: any RandomSource
    let state: Locked<RedisState>
    /// Called by the thread.
    let onChange: @Sendable (Change) -> Void
    /// Called by the thread with what the server sends unasked on a connection that subscribes; nil for any other.
    let onPush: (@Sendable ([RedisReply]) -> Void)?
    /// Ends the wait of the thread.
    let wakeup: Wakeup
    /// How long a call may take, in nanoseconds.
    let commandTimeout: Int64
    private let lastId = Atomic<UInt64>(0)

    /// Creates an engine whose thread does not run.
    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    /// - Parameters:
    ///   - onPush: called by the thread with the messages of subscriptions.
    ///   - onChange: called by the thread when the connection is lost, and when there is one again.
    init(
        _ options: Options, clock: any ClockSource, random: any RandomSource,
        onPush: (@Sendable ([RedisReply]) -> Void)? = nil,
        onChange: @escaping @Sendable (Change) -> Void = { _ in }
    ) throws(ApplicationError) {
        self.onChange = onChange
        self.onPush = onPush
        self.options = options
        self.clock = clock
        self.random = random
        wakeup = try Wakeup()
        commandTimeout = max(options.commandTimeout, .milliseconds(1)).inNanoseconds
        state = Locked(RedisState(calls: RedisCalls(silenceLimit: commandTimeout)))
    }

    /// Why there is no connection; nil if there is one.
    var missingReason: String? { state.withLock { $0.phase == .disconnected ? $0.reason : nil } }

    /// The number of calls that wait to be sent.
    var queueDepth: Int { state.withLock { $0.calls.unsentCount } }

    /// The clock's `uptime` in nanoseconds.
    var uptime: Int64 { clock.uptime.inNanoseconds }

    /// Sends a command, or the commands of a pipeline, and waits for the outcome.
    /// - Parameters:
    ///   - replies: The number of commands in a pipeline, whose replies are returned as an array; nil for one command.
    ///   - timeout: How long it may take; nil for `options.command_timeout`.
    func call(
        _ bytes: [UInt8], replies: Int? = nil, deadline: Duration?, timeout: Duration? = nil
    ) async -> Outcome {
        let id = lastId.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if let failure = enqueue(id, waiter, bytes, replies, deadline, timeout) {
                    waiter.resume(returning: .failure(failure))
                }
            }
        } onCancel: {
            // A call that is not queued yet checks for cancellation when it is.
            state.withLock { $0.calls.abandon(id) }?.resume(returning: .failure(.cancelled))
        }
    }

    /// Starts the thread and waits for the first connection.
    /// - Throws: ``RedisConnectionError`` if Redis cannot be reached; Internal `NO_THREAD`.
    func open() async throws {
        try await withCheckedThrowingContinuation { opener in
            // The thread may have connected before `start` returns.
            state.withLock { state in
                state.phase = .disconnected
                state.openers.append(opener)
            }
            do {
                try OwnThread.start { RedisLoop(self).run() }
            } catch {
                state.withLock { state in
                    state.phase = .stopped
                    state.openers = []
                }
                opener.resume(throwing: error)
            }
        }
    }

    /// Tells the thread to end. Waiting calls fail.
    func stop() {
        state.withLock { $0.isClosing = true }
        wakeup.wake()
    }

    /// Tells the thread to end, and waits until it has ended.
    func close() async {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                state.isClosing = true
                if state.phase == .stopped { return true }
                state.closers.append(closer)
                return false
            }
            if hasEnded { closer.resume() } else { wakeup.wake() }
        }
    }

    /// Passes the result of an attempt to connect to the thread. If the thread has ended, the socket is closed.
    func finishDialing(_ result: Result<RedisLink, RedisConnectionError>) {
        state.withLock { state in
            if state.phase != .stopped { state.dialed = result }
        }
        wakeup.wake()
    }

    /// Passes what the sentinels said to the thread. If the thread has ended, the socket is closed.
    func finishChecking(_ result: Result<RedisLink?, RedisConnectionError>) {
        state.withLock { state in
            if state.phase != .stopped { state.checked = result }
        }
        wakeup.wake()
    }

    // MARK: - Internal

    /// Queues a call and wakes the thread if necessary.
    /// - Returns: Why the call cannot be queued; nil if it was.
    private func enqueue(
        _ id: UInt64, _ waiter: Waiter, _ bytes: [UInt8], _ replies: Int?, _ deadline: Duration?,
        _ timeout: Duration?
    ) -> RedisFailure? {
        let (now, limit) = (uptime, deadline?.inNanoseconds ?? .max)
        let time = timeout.map { max($0, .milliseconds(1)).inNanoseconds } ?? commandTimeout
        let (failure, mustWake) = state.withLock { state -> (RedisFailure?, Bool) in
            // Under the lock: a task that is cancelled from here on finds its call in the queue.
            if Task.isCancelled { return (.cancelled, false) }
            if let failure = state.refusal(size: bytes.count, limit: limit, at: now, options) {
                return (failure, false)
            }
            state.calls.append(
                id, waiter, bytes, replies: replies, deadline: now.adding(time), limit: limit)
            return (nil, state.takeWakeup())
        }
        // Without the lock, which the thread takes first.
        if mustWake { wakeup.wake() }
        return failure
    }
}
#endif
