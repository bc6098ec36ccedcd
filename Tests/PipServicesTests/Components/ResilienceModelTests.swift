import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// Random interleavings of calls, results, cancellations and clock steps are compared with small models. Seeds are
/// fixed and time is virtual, so a failure can be reproduced by its seed.
@Suite struct ResilienceModelTests {
    // MARK: - Circuit breaker

    /// The model of a breaker, written as a history of the period without counters.
    private struct BreakerModel {
        var state = CircuitBreaker.State.closed
        /// The results of the calls that started in this period.
        var outcomes: [CircuitBreaker.Outcome] = []
        var since = Duration.zero
        var period = 0

        mutating func begin(at now: Duration, pause: Duration) -> Int? {
            if state == .closed { return period }
            guard now - since >= pause else { return nil }
            (state, since, period) = (.halfOpen, now, period + 1)
            return period
        }

        mutating func end(
            _ outcome: CircuitBreaker.Outcome, _ call: Int, at now: Duration, _ failures: Int, _ pause: Duration
        ) {
            guard call == period, state != .open else { return }
            if state == .closed {
                outcomes.append(outcome)
                let known = outcomes.filter { $0 != .unknown }
                if known.suffix(failures).filter({ $0 == .failure }).count == failures { open(at: now) }
                return
            }
            switch outcome {
            case .success: (state, outcomes, period) = (.closed, [], period + 1)
            case .failure: open(at: now)
            case .unknown: open(at: now - pause)
            }
        }

        private mutating func open(at now: Duration) { (state, since, period, outcomes) = (.open, now, period + 1, []) }
    }

    @Test("A breaker follows its model, and opens only because of failures of the peer", arguments: 1...20)
    func breaker(seed: Int) {
        let (random, clock) = (SeededRandom(seed: UInt64(seed)), VirtualClock())
        let (failures, pause) = (random.next(in: 1..<5), Duration.seconds(random.next(in: 1..<10)))
        let breaker = CircuitBreaker(failures: failures, pause: pause, clock: clock)
        var model = BreakerModel()
        var calls: [(permit: CircuitBreaker.Permit, call: Int)] = []
        for step in 0..<2000 {
            switch random.next(in: 0..<8) {
            case 0: clock.advance(by: .milliseconds(random.next(in: 0..<4000)))
            case 1...3:
                let (permit, call) = (breaker.tryPass(), model.begin(at: clock.uptime, pause: pause))
                #expect((permit == nil) == (call == nil), "seed \(seed), step \(step)")
                if let permit, let call { calls.append((permit, call)) }
            default:
                guard !calls.isEmpty else { continue }
                let (permit, call) = calls.remove(at: random.next(in: 0..<calls.count))
                let outcome = [CircuitBreaker.Outcome.success, .failure, .failure, .unknown][random.next(in: 0..<4)]
                breaker.record(outcome, of: permit)
                model.end(outcome, call, at: clock.uptime, failures, pause)
            }
            #expect(breaker.state == model.state, "seed \(seed), step \(step)")
        }
    }

    // MARK: - Bulkhead

    /// A call through the bulkhead, with its state.
    private final class Call: Sendable {
        let number: Int
        let deadline: Duration?
        let end: AsyncStream<Void>.Continuation
        let task: Task<String, Never>

        init(_ number: Int, deadline: Duration?, _ bulkhead: Bulkhead) {
            let (gate, end) = AsyncStream<Void>.makeStream()
            (self.number, self.deadline, self.end) = (number, deadline, end)
            task = Task {
                do {
                    try await bulkhead.run(Context(deadline: deadline), name: "b") { for await _ in gate {} }
                    return "done"
                } catch let error as ApplicationError {
                    return error.code
                } catch {
                    return "CANCELLED"
                }
            }
        }
    }

    @Test("A bulkhead follows its model: order, limits, deadlines and cancellations", arguments: 1...6)
    func bulkhead(seed: Int) async throws {
        let (random, clock) = (SeededRandom(seed: UInt64(seed)), VirtualClock())
        let (limit, maxWaiting) = (random.next(in: 1..<4), random.next(in: 0..<5))
        let bulkhead = Bulkhead(limit: limit, maxWaiting: maxWaiting, clock: clock)
        var (running, waiting): ([Call], [Call]) = ([], [])
        func admit() { while running.count < limit, !waiting.isEmpty { running.append(waiting.removeFirst()) } }
        func expect(_ call: Call, _ result: String) async {
            let actual = await call.task.value
            #expect(actual == result, "seed \(seed), call \(call.number)")
        }
        for number in 0..<150 {
            switch random.next(in: 0..<8) {
            case 0...3:
                let time = random.next(in: 0..<3) == 0 ? Duration.seconds(random.next(in: 1..<20)) : nil
                let call = Call(number, deadline: time.map { clock.uptime + $0 }, bulkhead)
                if running.count < limit {
                    running.append(call)
                } else if waiting.count < maxWaiting {
                    waiting.append(call)
                } else {
                    await expect(call, "BULKHEAD_FULL")
                }
            case 4, 5:
                guard !running.isEmpty else { continue }
                let call = running.remove(at: random.next(in: 0..<running.count))
                call.end.finish()
                await expect(call, "done")
                admit()
            case 6:
                guard !waiting.isEmpty else { continue }
                let call = waiting.remove(at: random.next(in: 0..<waiting.count))
                call.task.cancel()
                await expect(call, "CANCELLED")
            default:
                clock.advance(by: .seconds(random.next(in: 1..<10)))
                let late = waiting.filter { $0.deadline.map { $0 <= clock.uptime } ?? false }
                waiting.removeAll { call in late.contains { $0 === call } }
                for call in late { await expect(call, "TIMEOUT") }
            }
            let (runningCount, waitingCount) = (running.count, waiting.count)
            let timers = waiting.filter { $0.deadline != nil }.count
            try await waitUntil(within: .seconds(30)) {
                bulkhead.running == runningCount && bulkhead.waiting == waitingCount && clock.sleeperCount == timers
            }
        }
        for call in running + waiting { call.end.finish() }
        for call in running + waiting { await expect(call, "done") }
        #expect(bulkhead.running == 0 && bulkhead.waiting == 0)
    }

    // MARK: - Retries

    /// A clock on which sleeping returns at once and advances the time.
    private final class LeapingClock: ClockSource {
        private let time = Locked(Duration.zero)
        var now: Date { Date(timeIntervalSince1970: 0) }
        var uptime: Duration { time.current }
        func sleep(for duration: Duration) async throws {
            try Task.checkCancellation()
            time.withLock { $0 += max(duration, .zero) }
        }
    }

    @Test("Retries respect their limit, the deadline and the budget", arguments: 1...20)
    func retries(seed: Int) async {
        struct Failure: Error {}
        let (random, clock) = (SeededRandom(seed: UInt64(seed)), LeapingClock())
        let budget = RetryBudget(percent: random.next(in: 1..<50), clock: clock)
        let policy = RetryPolicy(retries: random.next(in: 0..<6), delay: .milliseconds(random.next(in: 0..<500)))
        let always: (any Error) -> Duration? = { _ in .zero }
        let calls = 200
        var total = 0
        for call in 0..<calls {
            let deadline = clock.uptime + .milliseconds(random.next(in: 1..<3000))
            let failing = random.next(in: 0..<8)
            var (count, hasFailed) = (0, false)
            do {
                try await policy.run(
                    clock: clock, random: random, deadline: deadline, budget: budget, retryAfter: always
                ) { attempt in
                    count += 1
                    #expect(clock.uptime < deadline, "seed \(seed), call \(call)")
                    if attempt < failing { throw Failure() }
                }
            } catch {
                hasFailed = true
            }
            #expect(count <= policy.retries + 1, "seed \(seed), call \(call)")
            #expect(hasFailed == (count <= failing), "seed \(seed), call \(call)")
            total += count - 1
        }
        // The reserve, a part of the calls, and one per second.
        let most = 10 + calls * budget.percent / 100 + Int(clock.uptime.components.seconds) + 1
        #expect(total <= most, "seed \(seed)")
    }

    // MARK: - Cached buffer

    @Test("A buffer drops items only at its limits, whichever waits are cancelled", arguments: 1...10)
    func buffer(seed: Int) async throws {
        struct Refused: Error {}
        let random = SeededRandom(seed: UInt64(seed))
        let size = random.next(in: 1..<6)
        let (isFailing, isHeld, saved, attempts) = (Locked(false), Locked(false), Locked<[Int]>([]), Locked(0))
        let buffer = try await assemble(
            CachedBuffer<Int>(
                save: { items in
                    attempts.withLock { $0 += 1 }
                    while isHeld.current { try await SystemClock().sleep(for: .milliseconds(1)) }
                    if isFailing.current { throw Refused() }
                    saved.withLock { $0 += items }
                }, note: { -$0 }, report: { _ in }),
            config: ["options.max_cache_size": "\(size)"],
            references: ["test:clock:virtual:default:1.0": VirtualClock()])
        // The model: buffered items, unreported drops, saved items.
        var (queue, dropped, arrived, wasFailing, next) = ([Int](), 0, [Int](), false, 0)
        func trim(to limit: Int) {
            let surplus = max(0, queue.count - limit)
            queue.removeFirst(surplus)
            dropped += surplus
        }
        func add(_ count: Int) {
            for _ in 0..<count {
                next += 1
                buffer.add(next)
                queue.append(next)
                trim(to: wasFailing ? size : size * 10)
            }
        }
        for step in 0..<200 {
            switch random.next(in: 0..<6) {
            case 0: isFailing.withLock { $0.toggle() }
            case 1...3: add(random.next(in: 0..<size * 4))
            default:
                let fails = isFailing.current
                guard !queue.isEmpty || dropped > 0 else { continue }
                let (taken, told, before) = (queue, dropped, attempts.current)
                queue = []
                isHeld.withLock { $0 = true }
                let waiter = Task { await buffer.flush() }
                try await waitUntil(within: .seconds(30)) { attempts.current == before + 1 }
                // Other callers wait for the save too, and some of them are cancelled.
                let others = (0..<3).map { _ in Task { await buffer.flush() } }
                for other in others where random.next(in: 0..<2) == 0 { other.cancel() }
                let isCancelled = random.next(in: 0..<2) == 0
                if isCancelled {
                    waiter.cancel()
                    await waiter.value
                }
                isHeld.withLock { $0 = false }
                for task in others + [waiter] { await task.value }
                try await waitUntil(within: .seconds(30)) { !buffer.isSaving }
                if fails {
                    queue = taken + queue
                    wasFailing = true
                    trim(to: size)
                } else {
                    arrived += (told > 0 ? [-told] : []) + taken
                    dropped -= told
                    wasFailing = false
                }
            }
            #expect(saved.current == arrived, "seed \(seed), step \(step)")
            #expect(buffer.count == queue.count, "seed \(seed), step \(step)")
            #expect(buffer.droppedCount == dropped, "seed \(seed), step \(step)")
        }
        let told = saved.current.filter { $0 < 0 }.reduce(0, -)
        let items = saved.current.filter { $0 > 0 }.count
        #expect(items + told + buffer.count + buffer.droppedCount == next, "seed \(seed)")
    }
}
