import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ResilienceTests {
    private struct Failure: Error {}

    private let always: @Sendable (any Error) -> Duration? = { _ in .zero }
    private let never: @Sendable (any Error) -> Duration? = { _ in nil }
    private let outcome: @Sendable (any Error) -> CircuitBreaker.Outcome = { $0 is Failure ? .failure : .unknown }

    /// Advances a clock whenever a task sleeps on it.
    private func flowing<Result: Sendable>(
        _ clock: VirtualClock, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await ContractTime.virtual(clock).flowing(body)
    }

    // MARK: - Retries

    @Test func pausesDoubleUpToTheBound() {
        let policy = RetryPolicy(retries: 5, delay: .milliseconds(100), maxDelay: .milliseconds(500), jitter: 0)
        let pauses = (0..<5).map { policy.pause(before: $0, SeededRandom(seed: 1)) }
        #expect(pauses == [100, 200, 400, 500, 500].map { .milliseconds($0) })
        for retry in [Int.min, -1, 64, Int.max] {
            #expect(policy.pause(before: retry, SeededRandom(seed: 1)) <= .milliseconds(500))
        }
    }

    @Test func chanceShortensPausesOnly() {
        let random = SeededRandom(seed: 7)
        let policy = RetryPolicy(delay: .milliseconds(100), jitter: 0.5)
        let pauses = (0..<100).map { _ in policy.pause(before: 0, random) }
        #expect(pauses.allSatisfy { $0 >= .milliseconds(50) && $0 <= .milliseconds(100) }, "seed 7")
        #expect(Set(pauses).count > 90)
        for jitter in [Double.nan, -1, 2, .infinity] {
            #expect((0...1).contains(RetryPolicy(jitter: jitter).jitter))
        }
    }

    @Test func failuresAreTriedAgainAsOftenAsAllowed() async throws {
        let clock = VirtualClock()
        let count = Locked(0)
        await #expect(throws: Failure.self) {
            try await flowing(clock) {
                try await RetryPolicy(retries: 3).run(
                    clock: clock, random: SeededRandom(seed: 1), retryAfter: always
                ) {
                    attempt in
                    #expect(count.current == attempt)
                    count.withLock { $0 += 1 }
                    throw Failure()
                }
            }
        }
        #expect(count.current == 4)
        #expect(clock.uptime >= .milliseconds(350))
    }

    @Test func nothingIsTriedAfterTheDeadline() async throws {
        let clock = VirtualClock()
        let count = Locked(0)
        await #expect(throws: Failure.self) {
            try await flowing(clock) {
                try await RetryPolicy(retries: 100, delay: .seconds(1), maxDelay: .seconds(1), jitter: 0).run(
                    clock: clock, random: SeededRandom(seed: 1), deadline: .seconds(3), retryAfter: always
                ) { _ in
                    count.withLock { $0 += 1 }
                    throw Failure()
                }
            }
        }
        #expect(count.current <= 3)
        #expect(clock.uptime < .seconds(3))
    }

    @Test func whatMustNotBeTriedAgainIsNot() async throws {
        let count = Locked(0)
        await #expect(throws: Failure.self) {
            try await RetryPolicy().run(clock: VirtualClock(), random: SeededRandom(seed: 1), retryAfter: never) { _ in
                count.withLock { $0 += 1 }
                throw Failure()
            }
        }
        #expect(count.current == 1)
    }

    // MARK: - Circuit breaker

    @Test func aBreakerOpensTriesAndCloses() async throws {
        let clock = VirtualClock()
        let breaker = CircuitBreaker(failures: 2, pause: .seconds(5), clock: clock)
        @Sendable func call(_ fails: Bool) async throws {
            try await breaker.run(.empty, name: "peer", outcome: outcome) { if fails { throw Failure() } }
        }
        await #expect(throws: Failure.self) { try await call(true) }
        try await call(false)
        await #expect(throws: Failure.self) { try await call(true) }
        #expect(breaker.state == .closed)
        await #expect(throws: Failure.self) { try await call(true) }
        #expect(breaker.state == .open)
        let error = await #expect(throws: ApplicationError.self) { try await call(false) }
        #expect(error?.code == "CIRCUIT_OPEN")

        clock.advance(by: .seconds(5))
        let permit = try #require(breaker.tryPass())
        #expect(breaker.state == .halfOpen)
        #expect(breaker.tryPass() == nil)
        breaker.record(.failure, of: permit)
        #expect(breaker.state == .open)
        #expect(!breaker.isPassable)
        clock.advance(by: .seconds(5))
        try await call(false)
        #expect(breaker.state == .closed)
    }

    @Test func aTryThatNeverComesBackDoesNotBlock() throws {
        let clock = VirtualClock()
        let breaker = CircuitBreaker(failures: 1, pause: .seconds(5), clock: clock)
        breaker.record(.failure, of: try #require(breaker.tryPass()))
        clock.advance(by: .seconds(5))
        #expect(breaker.tryPass() != nil)
        clock.advance(by: .seconds(5))
        #expect(breaker.tryPass() != nil)
    }

    @Test("A late result of an old call neither closes an open breaker nor opens a closed one")
    func lateResultsDoNotCount() throws {
        let clock = VirtualClock()
        let states = Locked<[CircuitBreaker.State]>([])
        let breaker = CircuitBreaker(failures: 1, pause: .seconds(5), clock: clock) { state in
            states.withLock { $0.append(state) }
        }
        let (old, older) = (try #require(breaker.tryPass()), try #require(breaker.tryPass()))
        breaker.record(.failure, of: try #require(breaker.tryPass()))
        breaker.record(.success, of: old)
        #expect(breaker.state == .open)
        clock.advance(by: .seconds(5))
        breaker.record(.success, of: try #require(breaker.tryPass()))
        #expect(breaker.state == .closed)
        breaker.record(.failure, of: older)
        #expect(breaker.state == .closed)
        #expect(states.current == [.open, .halfOpen, .closed])
    }

    @Test("Calls that tell nothing about the peer do not open the breaker, and let the next one try")
    func unknownOutcomes() throws {
        let clock = VirtualClock()
        let breaker = CircuitBreaker(failures: 2, pause: .seconds(5), clock: clock)
        for _ in 0..<10 { breaker.record(.unknown, of: try #require(breaker.tryPass())) }
        #expect(breaker.state == .closed)
        breaker.record(.failure, of: try #require(breaker.tryPass()))
        breaker.record(.unknown, of: try #require(breaker.tryPass()))
        breaker.record(.failure, of: try #require(breaker.tryPass()))
        #expect(breaker.state == .open, "they do not reset the count either")
        clock.advance(by: .seconds(5))
        breaker.record(.unknown, of: try #require(breaker.tryPass()))
        #expect(breaker.tryPass() != nil, "the call that tried has found out nothing")
    }

    // MARK: - Retry budget

    @Test("The retries of all calls together are limited, and quiet times refill the reserve") func retryBudget() {
        let clock = VirtualClock()
        let budget = RetryBudget(percent: 20, clock: clock)
        func take(_ count: Int) -> Int { (0..<count).count { _ in budget.takeRetry() } }
        #expect(take(100) == 10, "the reserve")
        for _ in 0..<50 { budget.noteCall() }
        #expect(take(100) == 10, "20 of 100 calls")
        clock.advance(by: .seconds(3))
        #expect(take(100) == 3)
        clock.advance(by: .seconds(1_000_000))
        #expect(take(100) == 10, "no more than the reserve")
        let unlimited = RetryBudget(percent: 0, clock: clock)
        #expect((0..<1000).allSatisfy { _ in unlimited.takeRetry() })
    }

    @Test("The reserve is refilled by the second, however often it is asked") func retryBudgetKeepsFractions() {
        let clock = VirtualClock()
        let budget = RetryBudget(percent: 20, clock: clock)
        for _ in 0..<10 { #expect(budget.takeRetry()) }
        let taken = (0..<10).count { _ in
            clock.advance(by: .milliseconds(900))
            return budget.takeRetry()
        }
        #expect(taken == 9)
    }

    @Test("An operation is not retried when the budget is empty") func budgetEndsRetries() async throws {
        let (clock, count) = (VirtualClock(), Locked(0))
        let budget = RetryBudget(percent: 1, clock: clock)
        while budget.takeRetry() {}
        await #expect(throws: Failure.self) {
            try await RetryPolicy(retries: 5, delay: .zero).run(
                clock: clock, random: SeededRandom(seed: 1), budget: budget, retryAfter: always
            ) { _ in
                count.withLock { $0 += 1 }
                throw Failure()
            }
        }
        #expect(count.current == 1)
    }

    @Test func aBreakerWithoutABoundNeverOpens() throws {
        let breaker = CircuitBreaker(failures: 0, pause: .seconds(5), clock: VirtualClock())
        for _ in 0..<100 { breaker.record(.failure, of: try #require(breaker.tryPass())) }
        #expect(breaker.tryPass() != nil)
    }

    // MARK: - Bulkhead

    @Test func aBulkheadBoundsWhatRunsAndWhatWaits() async throws {
        let bulkhead = Bulkhead(limit: 2, maxWaiting: 1)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let running = (0..<2).map { _ in
            Task { try await bulkhead.run(.empty, name: "b") { for await _ in gate {} } }
        }
        try await waitUntil { bulkhead.running == 2 }
        let waiting = Task { try await bulkhead.run(.empty, name: "b") { 1 } }
        try await waitUntil { bulkhead.waiting == 1 }
        let error = await #expect(throws: ApplicationError.self) { try await bulkhead.run(.empty, name: "b") {} }
        #expect(error?.code == "BULKHEAD_FULL")
        open.finish()
        #expect(try await waiting.value == 1)
        for task in running { try await task.value }
        #expect(bulkhead.running == 0)
    }

    @Test func whoIsCancelledStopsWaiting() async throws {
        let bulkhead = Bulkhead(limit: 1, maxWaiting: 10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let running = Task { try await bulkhead.run(.empty, name: "b") { for await _ in gate {} } }
        try await waitUntil { bulkhead.running == 1 }
        let waiting = (0..<5).map { _ in Task { try await bulkhead.run(.empty, name: "b") {} } }
        try await waitUntil { bulkhead.waiting == 5 }
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(bulkhead.waiting == 0)
        open.finish()
        try await running.value
        #expect(try await bulkhead.run(.empty, name: "b") { bulkhead.running } == 1)
    }
}
