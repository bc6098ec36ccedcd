/// Runs a task at a fixed rate (the toolkit's `FixedRateTimer`).
///
/// ```swift
/// final class Cleanup: Component, Openable {
///     let logger = CompositeLogger()
///     let timer: FixedRateTimer
///     init() {
///         timer = FixedRateTimer(interval: .seconds(60)) { context in ... } onError: { [logger] context, error in
///             logger.error(context, error: error, "Cleanup failed")
///         }
///     }
///     func open(_ context: Context) async throws { timer.start() }
///     func close(_ context: Context) async throws { try await timer.close(context) }
/// }
/// ```
/// The first run comes when the longer of `delay` and `interval` has passed since ``start()``. Runs never overlap: one
/// that takes longer than the interval makes the timer leave out the runs that it missed, and keep to the rate. A run
/// that fails is told to `onError`, and the timer goes on.
///
/// Each run gets a context of its own, with the trace id `pip-commons-timer`. Time comes from the service's clock, by a
/// ``ClockSlot``, when the timer is stored in a component, else from the system's. Safe to use from any task; letting
/// go of the timer stops it.
public final class FixedRateTimer: Component, Closable {
    /// What a timer runs.
    public typealias Callback = @Sendable (_ context: Context) async throws -> Void
    /// What a timer tells failed runs to.
    public typealias ErrorHandler = @Sendable (_ context: Context, _ error: any Error) async -> Void

    /// Creates a timer that calls a closure.
    ///
    /// - Parameters:
    ///   - interval: the time from one run to the next. Nil, zero or less: the timer does not start.
    ///   - delay: how long the first run waits at least.
    ///   - callback: what is run.
    ///   - onError: takes the error of a run that failed; a run that was cancelled has not failed.
    public init(
        interval: Duration? = nil, delay: Duration = .zero, _ callback: @escaping Callback,
        onError: @escaping ErrorHandler
    ) {
        state = Locked(State(interval: interval, delay: delay))
        self.callback = callback
        self.onError = onError
    }

    /// Creates a timer that notifies a task, without arguments.
    public convenience init(
        interval: Duration? = nil, delay: Duration = .zero, task: any Notifiable, onError: @escaping ErrorHandler
    ) {
        self.init(interval: interval, delay: delay, { try await task.notify($0, [:]) }, onError: onError)
    }

    deinit { state.withLock { $0.loop?.cancel() } }

    /// The time from one run to the next; a change counts from the next ``start()``.
    public var interval: Duration? {
        get { state.withLock { $0.interval } }
        set { state.withLock { $0.interval = newValue } }
    }

    /// How long the first run waits at least; a change counts from the next ``start()``.
    public var delay: Duration {
        get { state.withLock { $0.delay } }
        set { state.withLock { $0.delay = newValue } }
    }

    /// True from ``start()`` until the timer is stopped.
    public var isStarted: Bool { state.withLock { $0.isStarted } }

    /// Starts the timer; one that is started begins anew. A run of before that is still going is cancelled, and the
    /// next one waits for its end.
    public func start() {
        let previous = state.withLock { state in
            let previous = state.loop
            state.isStarted = false
            guard let interval = state.interval, interval > .zero else { return previous }
            let rounds = Rounds(
                first: max(state.delay, interval), interval: interval, clock: clock, callback: callback,
                onError: onError, id: ObjectIdentifier(self))
            // Detached: what belongs to the operation that starts the timer does not belong to its runs.
            state.loop = Task.detached {
                await previous?.value
                await rounds.run()
            }
            state.isStarted = true
            return previous
        }
        // Without the lock: cancelling calls handlers of the run, which may use the timer.
        previous?.cancel()
    }

    /// Stops the timer, and cancels a run that is going on.
    public func stop() {
        let loop = state.withLock { state in
            state.isStarted = false
            return state.loop
        }
        loop?.cancel()
    }

    /// Stops the timer, and waits until a run that is going on has ended; a run that closes its own timer is not waited
    /// for. Closing twice does no harm.
    public func close(_ context: Context) async throws {
        stop()
        guard Rounds.running != ObjectIdentifier(self) else { return }
        await state.withLock { $0.loop }?.value
    }

    // MARK: - Internal

    private struct State: Sendable {
        var interval: Duration?
        var delay: Duration
        var isStarted = false
        /// Kept after a stop, for its end to be waited for.
        var loop: Task<Void, Never>?
    }

    private let state: Locked<State>
    private let clock = ClockSlot()
    private let callback: Callback
    private let onError: ErrorHandler
}

/// The runs of a started timer. It does not hold the timer, which stops when nobody does.
private struct Rounds: Sendable {
    /// The timer whose run the present task belongs to.
    @TaskLocal static var running: ObjectIdentifier?

    let first: Duration
    let interval: Duration
    let clock: ClockSlot
    let callback: FixedRateTimer.Callback
    let onError: FixedRateTimer.ErrorHandler
    let id: ObjectIdentifier

    func run() async {
        await Self.$running.withValue(id) {
            var due = clock.uptime + first
            while !Task.isCancelled {
                do {
                    try await clock.sleep(for: due - clock.uptime)
                } catch {
                    // Only cancellation ends a sleep.
                    return
                }
                await runOnce()
                due = next(after: due)
            }
        }
    }

    private func runOnce() async {
        let context = Context(traceId: "pip-commons-timer")
        do {
            try await callback(context)
        } catch {
            // The timer was stopped under the run, which is no failure of the run.
            if !(error is CancellationError && Task.isCancelled) { await onError(context, error) }
        }
    }

    /// The next moment of the rate that is still to come.
    private func next(after due: Duration) -> Duration {
        let now = clock.uptime
        let missed = ((now - due) / interval).rounded(.down)
        // Missed runs without number: an interval far below what a clock can tell.
        guard missed >= 0, missed < 1e9 else { return max(now, due) + interval }
        return due + interval * (Int(missed) + 1)
    }
}
