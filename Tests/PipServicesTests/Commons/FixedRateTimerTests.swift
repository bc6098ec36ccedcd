import PipServicesTesting
import Testing

@testable import PipServices

@Suite(.timeLimit(.minutes(10))) struct FixedRateTimerTests {
    struct Failure: Error {}

    final class Owner: Component {
        let timer: FixedRateTimer
        init(_ timer: FixedRateTimer) { self.timer = timer }
    }

    private let clock = VirtualClock()
    private let runs = Locked<[Duration]>([])
    private let errors = Locked<[String]>([])

    private func timer(
        _ interval: Duration? = .seconds(10), delay: Duration = .zero,
        _ body: (@Sendable (Context) async throws -> Void)? = nil
    ) async throws -> FixedRateTimer {
        let (clock, runs, errors) = (clock, runs, errors)
        let timer = FixedRateTimer(interval: interval, delay: delay) { context in
            runs.withLock { $0.append(clock.uptime) }
            try await body?(context)
        } onError: { context, error in
            errors.withLock { $0.append("\(context.traceId ?? "-") \(error)") }
        }
        try await assemble(Owner(timer), references: ["test:clock:virtual:default:1.0": clock])
        return timer
    }

    /// Records an issue if it takes too long or reaches the time limit of the suite.
    private func waitUntil(
        _ isTrue: @Sendable () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            try await PipServicesTesting.waitUntil(isTrue)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }
    private func waitForSleeper() async { await waitUntil { clock.sleeperCount == 1 } }
    private func advance(_ seconds: Int, runs count: Int) async {
        await waitForSleeper()
        clock.advance(by: .seconds(seconds))
        await waitUntil { runs.current.count == count }
    }

    @Test(arguments: [(0, 10), (4, 10), (25, 25)])
    func itRunsAtAFixedRate(delay: Int, first: Int) async throws {
        let timer = try await timer(delay: .seconds(delay))
        #expect(!timer.isStarted)
        timer.start()
        #expect(timer.isStarted)
        await advance(first - 1, runs: 0)
        await advance(1, runs: 1)
        await advance(10, runs: 2)
        await advance(10, runs: 3)
        try await timer.close(.empty)
        #expect(!timer.isStarted)
        #expect(clock.sleeperCount == 0)
        #expect(runs.current == [0, 10, 20].map { .seconds(first + $0) })
        try await timer.close(.empty)
    }

    @Test(arguments: [nil, Duration.zero, .seconds(-1)])
    func withoutAnIntervalItDoesNotStart(interval: Duration?) async throws {
        let timer = try await timer(interval)
        timer.start()
        #expect(!timer.isStarted)
        timer.interval = .seconds(1)
        timer.delay = .seconds(2)
        #expect(timer.interval == .seconds(1) && timer.delay == .seconds(2))
        timer.start()
        await advance(2, runs: 1)
        timer.stop()
    }

    @Test func aFailureIsToldAndTheTimerGoesOn() async throws {
        let timer = try await timer { _ in throw Failure() }
        timer.start()
        await advance(10, runs: 1)
        await advance(10, runs: 2)
        await waitForSleeper()
        #expect(errors.current == ["pip-commons-timer Failure()", "pip-commons-timer Failure()"])
        try await timer.close(.empty)
    }

    @Test func runsDoNotOverlapAndMissedOnesAreLeftOut() async throws {
        let clock = clock
        let active = Locked((now: 0, most: 0))
        let timer = try await timer { _ in
            active.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            try await clock.sleep(for: .seconds(25))
            active.withLock { $0.now -= 1 }
        }
        timer.start()
        await advance(10, runs: 1)
        await waitForSleeper()
        // The run ends at 35, so those at 20 and 30 are missed.
        clock.advance(by: .seconds(25))
        await waitUntil { active.current.now == 0 }
        await advance(4, runs: 1)
        await advance(1, runs: 2)
        #expect(runs.current == [.seconds(10), .seconds(40)])
        #expect(active.current.most == 1)
        try await timer.close(.empty)
    }

    @Test("A run that is shorter than the interval does not delay the next one") func shortRunsKeepTheRate()
        async throws
    {
        let (clock, isActive) = (clock, Locked(false))
        let timer = try await timer { _ in
            isActive.withLock { $0 = true }
            try await clock.sleep(for: .seconds(4))
            isActive.withLock { $0 = false }
        }
        timer.start()
        await advance(10, runs: 1)
        await waitForSleeper()
        clock.advance(by: .seconds(4))
        await waitUntil { !isActive.current }
        await advance(5, runs: 1)
        await advance(1, runs: 2)
        #expect(runs.current == [.seconds(10), .seconds(20)])
        try await timer.close(.empty)
    }

    @Test func stoppingCancelsTheRunThatGoesOn() async throws {
        let clock = clock
        let wasCancelled = Locked(false)
        let timer = try await timer { _ in
            do {
                try await clock.sleep(for: .seconds(1000))
            } catch {
                wasCancelled.withLock { $0 = true }
                throw error
            }
        }
        timer.start()
        await advance(10, runs: 1)
        await waitForSleeper()
        try await timer.close(.empty)
        #expect(wasCancelled.current)
        #expect(errors.current.isEmpty)
        clock.advance(by: .seconds(100))
        #expect(runs.current.count == 1)
    }

    @Test func startingAgainBeginsAnewAfterTheRunThatGoesOn() async throws {
        let (clock, holding) = (clock, Locked(true))
        let timer = try await timer { _ in try await PipServicesTesting.waitUntil { !holding.current } }
        timer.start()
        await advance(10, runs: 1)
        timer.start()
        clock.advance(by: .seconds(100))
        #expect(clock.sleeperCount == 0)
        holding.withLock { $0 = false }
        await advance(10, runs: 2)
        #expect(runs.current == [.seconds(10), .seconds(120)])
        try await timer.close(.empty)
    }

    @Test("A cancelled run can use its timer", arguments: [false, true])
    func cancelledRunUsesItsTimer(isRestarted: Bool) async throws {
        let (clock, box, wasUsed) = (clock, Locked<FixedRateTimer?>(nil), Locked(false))
        let timer = try await timer { _ in
            try await withTaskCancellationHandler {
                try await clock.sleep(for: .seconds(1000))
            } onCancel: {
                _ = box.current?.isStarted
                wasUsed.withLock { $0 = true }
            }
        }
        box.withLock { $0 = timer }
        timer.start()
        await advance(10, runs: 1)
        await waitForSleeper()
        // A deadlock must not block a thread of the cooperative pool.
        try OwnThread.start { if isRestarted { timer.start() } else { timer.stop() } }
        await waitUntil { wasUsed.current }
        guard wasUsed.current else { return }
        box.withLock { $0 = nil }
        try await timer.close(.empty)
    }

    @Test func aRunMayCloseItsTimer() async throws {
        let box = Locked<FixedRateTimer?>(nil)
        let closed = Locked(false)
        let timer = try await timer { context in
            try await box.current?.close(context)
            closed.withLock { $0 = true }
        }
        box.withLock { $0 = timer }
        timer.start()
        await advance(10, runs: 1)
        await waitUntil { closed.current }
        #expect(!timer.isStarted)
        box.withLock { $0 = nil }
    }

    @Test func aTimerThatNobodyHoldsStops() async throws {
        var timer: FixedRateTimer? = try await timer()
        timer?.start()
        await waitForSleeper()
        timer = nil
        await waitUntil { clock.sleeperCount == 0 }
    }

    @Test func aTaskIsNotified() async throws {
        final class Task: Notifiable {
            let notices = Locked<[String]>([])
            func notify(_ context: Context, _ arguments: Parameters) async throws {
                notices.withLock { $0.append("\(context.traceId ?? "-") \(arguments.values.count)") }
            }
        }
        let task = Task()
        let timer = FixedRateTimer(interval: .seconds(1), task: task) { _, _ in }
        try await assemble(Owner(timer), references: ["test:clock:virtual:default:1.0": clock])
        timer.start()
        await waitForSleeper()
        clock.advance(by: .seconds(1))
        await waitUntil { task.notices.current == ["pip-commons-timer 0"] }
        timer.stop()
    }
}
