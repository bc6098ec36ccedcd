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
/// The first run starts after the longer of `delay` and `interval`. Runs never overlap: if one takes longer than the
/// interval, the missed runs are skipped and the rate is kept. A failed run is reported to `onError`, and the timer
/// continues.
///
/// Each run has its own context with the trace id `pip-commons-timer`. In a component, the timer uses the service's
/// clock through a ``ClockSlot``; elsewhere it uses the system clock. Safe to use from any task. Releasing the timer
/// stops it.
public final class FixedRateTimer: Component, Closable {
    /// The task of a timer.
    public typealias Callback = @Sendable (_ context: Context) async throws -> Void
    /// A handler for failed runs.
    public typealias ErrorHandler = @Sendable (_ context: Context, _ error: any Error) async -> Void

    /// Creates a timer that calls a closure.
    ///
    /// - Parameters:
    ///   - interval: the time between the starts of runs. If nil, zero or negative, the timer does not start.
    ///   - delay: the minimum time before the first run.
    ///   - callback: the closure to run.
    ///   - onError: receives the error of a failed run. A cancelled run has not failed.
    public init(
        interval: Duration? = nil, delay: Duration = .zero, _ callback: @escaping Callback,
        onError: @escaping ErrorHandler
    ) {
        state = Locked(State(interval: interval, delay: delay))
        self.callback = callback
        self.onError = onError
    }

    /// Creates a timer that calls ``Notifiable/notify(_:_:)`` without arguments.
    public convenience init(
        interval: Duration? = nil, delay: Duration = .zero, task: any Notifiable, onError: @escaping ErrorHandler
    ) {
        self.init(interval: interval, delay: delay, { try await task.notify($0, [:]) }, onError: onError)
    }

    deinit { state.withLock { $0.loop?.cancel() } }

    /// The time between the starts of runs. A change takes effect at the next ``start()``.
    public var interval: Duration? {
        get { state.withLock { $0.interval } }
        set { state.withLock { $0.interval = newValue } }
    }

    /// The minimum time before the first run. A change takes effect at the next ``start()``.
    public var delay: Duration {
        get { state.withLock { $0.delay } }
        set { state.withLock { $0.delay = newValue } }
    }

    /// True from ``start()`` until the timer is stopped.
    public var isStarted: Bool { state.withLock { $0.isStarted } }

    /// Starts or restarts the timer. A restart cancels the current run and waits for its end before the next one.
    public func start() {
        let previous = state.withLock { state in
            let previous = state.loop
            state.isStarted = false
            guard let interval = state.interval, interval > .zero else { return previous }
            let rounds = Rounds(
                first: max(state.delay, interval), interval: interval, clock: clock, callback: callback,
                onError: onError, id: ObjectIdentifier(self))
            // Detached: runs must not inherit task-local values of the operation that starts the timer.
            state.loop = Task.detached {
                await previous?.value
                await rounds.run()
            }
            state.isStarted = true
            return previous
        }
        // Outside the lock: cancelling calls handlers of the run, which may use the timer.
        previous?.cancel()
    }

    /// Stops the timer and cancels the current run.
    public func stop() {
        let loop = state.withLock { state in
            state.isStarted = false
            return state.loop
        }
        loop?.cancel()
    }

    /// Stops the timer and waits for the end of the current run. A run that closes its own timer does not wait for
    /// itself. Closing twice is allowed.
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
        /// Kept after a stop, so that its end can be awaited.
        var loop: Task<Void, Never>?
    }

    private let state: Locked<State>
    private let clock = ClockSlot()
    private let callback: Callback
    private let onError: ErrorHandler
}

/// The runs of a started timer. It does not retain the timer, which stops when it is released.
private struct Rounds: Sendable {
    /// Identifies the timer whose run the current task belongs to.
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
                    // A sleep fails only if it is cancelled.
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
            // The timer was stopped during the run, which is not a failure.
            if !(error is CancellationError && Task.isCancelled) { await onError(context, error) }
        }
    }

    /// Returns the next time of the schedule that is in the future.
    private func next(after due: Duration) -> Duration {
        let now = clock.uptime
        let missed = ((now - due) / interval).rounded(.down)
        // The interval is below the resolution of the clock, so missed runs can't be counted.
        guard missed >= 0, missed < 1e9 else { return max(now, due) + interval }
        return due + interval * (Int(missed) + 1)
    }
}
