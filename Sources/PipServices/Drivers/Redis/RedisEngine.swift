#if PIP_REDIS
import Synchronization

/// The sentinels of a group of servers, and the name of its master.
struct RedisSentinel: Sendable, Hashable {
    var addresses: [RedisAddress]
    var master: String
}

/// A Redis connection shared by all tasks: the part called by tasks. ``RedisLoop`` runs on the connection's thread.
///
/// A call appends its command to a queue and wakes the thread if necessary. The thread sends all queued commands
/// together and distributes the replies, so concurrent calls share system calls and round trips.
final class RedisEngine: Sendable {
    typealias Outcome = Result<RedisReply, RedisFailure>
    typealias Waiter = CheckedContinuation<Outcome, Never>

    struct Options: Sendable {
        var address = RedisAddress()
        /// Nil without TLS.
        var tls: RedisTLSSettings?
        /// The sentinels that locate the master, which then replaces host and port of `address`.
        var sentinel: RedisSentinel?
        var connectTimeout = Duration.seconds(30)
        var commandTimeout = Duration.seconds(5)
        var retries = 3
        var maxQueue = 10_000
        var maxQueueBytes = 64 << 20
        /// The outage after which calls fail at once; zero for no limit.
        var downAfter = Duration.seconds(1)
        /// The maximum age of a connection; zero for no limit.
        var maxAge = Duration.seconds(300)
        /// The interval of master checks with the sentinels; zero for only when connecting.
        var sentinelInterval = Duration.seconds(5)
        /// False for a connection that ends when it is lost, for example one with its own state.
        var reconnects = true
        /// Resolves the hosts for each new connection.
        var resolver = HostResolver.shared

        /// The address, for errors and logs.
        var place: String {
            guard let sentinel else { return address.description }
            return "'\(sentinel.master)' by \(sentinel.addresses.map(\.description).joined(separator: ", "))"
        }
    }

    /// A state change of the connection.
    enum Change: Sendable {
        case lost(String)
        /// The connection was re-established, or replaced because of its age.
        case reconnected
    }

    let options: Options
    let clock: any ClockSource
    let random: any RandomSource
    let state: Locked<RedisState>
    /// Called by the thread.
    let onChange: @Sendable (Change) -> Void
    /// Called by the thread with unsolicited messages of a subscribing connection; nil for others.
    let onPush: (@Sendable ([RedisReply]) -> Void)?
    /// Wakes the thread.
    let wakeup: Wakeup
    /// The time limit of a call, in nanoseconds.
    let commandTimeout: Int64
    private let lastId = Atomic<UInt64>(0)

    /// Creates an engine without starting its thread.
    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    /// - Parameters:
    ///   - onPush: called by the thread with the messages of subscriptions.
    ///   - onChange: called by the thread when the connection is lost or re-established.
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

    /// The number of unsent calls.
    var queueDepth: Int { state.withLock { $0.calls.unsentCount } }

    /// The clock's `uptime` in nanoseconds.
    var uptime: Int64 { clock.uptime.inNanoseconds }

    /// Sends a command or a pipeline, and waits for the result.
    /// - Parameters:
    ///   - replies: the number of commands in a pipeline, whose replies are returned as an array; nil for a single
    ///     command.
    ///   - timeout: the time limit; nil for `options.command_timeout`.
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
            // A call that is not queued yet checks for cancellation when it is queued.
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

    /// Stops the thread without waiting. Waiting calls fail.
    func stop() {
        state.withLock { $0.isClosing = true }
        wakeup.wake()
    }

    /// Stops the thread and waits until it has ended.
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

    /// Passes the result of a connection attempt to the thread. If the thread has ended, the socket is closed.
    func finishDialing(_ result: Result<RedisLink, RedisConnectionError>) {
        state.withLock { state in
            if state.phase != .stopped { state.dialed = result }
        }
        wakeup.wake()
    }

    /// Passes the sentinels' result to the thread. If the thread has ended, the socket is closed.
    func finishChecking(_ result: Result<RedisLink?, RedisConnectionError>) {
        state.withLock { state in
            if state.phase != .stopped { state.checked = result }
        }
        wakeup.wake()
    }

    // MARK: - Internal

    /// Queues a call and wakes the thread if necessary.
    /// - Returns: the reason if the call cannot be queued; nil on success.
    private func enqueue(
        _ id: UInt64, _ waiter: Waiter, _ bytes: [UInt8], _ replies: Int?, _ deadline: Duration?,
        _ timeout: Duration?
    ) -> RedisFailure? {
        let (now, limit) = (uptime, deadline?.inNanoseconds ?? .max)
        let time = timeout.map { max($0, .milliseconds(1)).inNanoseconds } ?? commandTimeout
        let (failure, mustWake) = state.withLock { state -> (RedisFailure?, Bool) in
            // Under the lock: a task cancelled from here on finds its call in the queue.
            if Task.isCancelled { return (.cancelled, false) }
            if let failure = state.refusal(size: bytes.count, limit: limit, at: now, options) {
                return (failure, false)
            }
            state.calls.append(
                id, waiter, bytes, replies: replies, deadline: now.adding(time), limit: limit)
            return (nil, state.takeWakeup())
        }
        // Outside the lock, which the thread needs first.
        if mustWake { wakeup.wake() }
        return failure
    }
}
#endif
