import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CountersAndTracersTests {
    private func logCounters(
        _ config: ConfigParams = [:]
    ) async throws -> (LogCounters, RecordingLogger, VirtualClock) {
        let (counters, logger, clock) = (LogCounters(), RecordingLogger(), VirtualClock())
        try await assemble(
            counters, config: config,
            references: ["a:logger:recording:1:1.0": logger, "test:clock:virtual:default:1.0": clock])
        return (counters, logger, clock)
    }

    @Test func measurementsAreSummedUp() async throws {
        let (counters, _, clock) = try await logCounters()
        counters.stats("s", 1)
        counters.stats("s", 3)
        counters.increment("i", 2)
        counters.incrementOne("i")
        counters.last("l", 5)
        counters.timestampNow("t")
        let timing = counters.beginTiming("e")
        clock.advance(by: .milliseconds(20))
        timing.endTiming()
        let all = Dictionary(uniqueKeysWithValues: counters.all.map { ($0.name, $0) })
        #expect(all["s"]?.average == 2)
        #expect(all["s"]?.min == 1)
        #expect(all["s"]?.max == 3)
        #expect(all["i"]?.count == 3)
        #expect(all["l"]?.last == 5)
        #expect(all["t"]?.time == VirtualClock().now)
        #expect(all["e"]?.last == 20)
        #expect(counters.all.map(\.name) == ["s", "i", "l", "t", "e"])
    }

    @Test func anotherKindUnderTheSameNameStartsAnew() async throws {
        let (counters, _, _) = try await logCounters()
        counters.incrementOne("x")
        counters.last("x", 1)
        #expect(counters.all.map(\.type) == [.lastValue])
        #expect(counters.all.first?.count == nil)
    }

    @Test func whileOpenTheyAreLoggedByTheClock() async throws {
        let (counters, logger, clock) = try await logCounters(["interval": "1000"])
        try await counters.open(.empty)
        counters.incrementOne("a")
        try await waitUntil { clock.sleeperCount > 0 }
        clock.advance(by: .milliseconds(1000))
        try await waitUntil { !logger.messages.isEmpty }
        #expect(logger.messages.map(\.message) == ["Counter a"])
        let expected: AnyValueMap = ["name": "a", "type": "COUNT", "count": 1]
        #expect(logger.messages.first?.fields == expected)
        try await counters.close(.empty)
        #expect(logger.messages.count == 1, "nothing changed since")
    }

    @Test func manyNamesAreCountedAndForgottenOnesComeLast() async throws {
        let (counters, _, _) = try await logCounters()
        let cache = CachedCounters()
        for round in 1...3 {
            for index in 0..<2_000 { cache.update("n\(index)", .increment(round)) }
        }
        #expect(cache.all.count == 2_000)
        #expect(cache.all.allSatisfy { $0.count == 6 })
        #expect(cache.all.first?.name == "n0" && cache.all.last?.name == "n1999")
        cache.clear("n0")
        #expect(cache["n0"] == nil)
        cache.update("n0", .increment(1))
        #expect(cache.all.last?.name == "n0" && cache["n0"]?.count == 1)
        cache.clearAll()
        #expect(cache.all.isEmpty && cache.takeChanged() == nil)
        for _ in 0..<5_000 { counters.incrementOne("one") }
        #expect(counters["one"]?.count == 5_000)
        #expect(counters["other"] == nil)
    }

    /// Losing the mark depends on timing, so there are many rounds.
    @Test("Counters that are updated during a reset are written") func updatesDuringClearAreWritten() async {
        let cache = CachedCounters()
        for _ in 0..<200 {
            for index in 0..<2_000 { cache.update("n\(index)", .increment(1)) }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { cache.clearAll() }
                group.addTask { for index in 0..<100 { cache.update("n\(index)", .increment(1)) } }
            }
            let isEmpty = cache.all.isEmpty
            let changed = cache.takeChanged()
            #expect(isEmpty || changed != nil)
            cache.clearAll()
        }
    }

    @Test func theyAreLoggedWhenTheIntervalHasPassedAndAtTheEnd() async throws {
        let (counters, logger, clock) = try await logCounters(["interval": "1000"])
        counters.incrementOne("b")
        counters.incrementOne("a")
        #expect(logger.messages.isEmpty)
        clock.advance(by: .milliseconds(1001))
        counters.incrementOne("a")
        #expect(logger.messages.map(\.message) == ["Counter a", "Counter b"])
        #expect(logger.messages.map { $0.fields["count"] } == [2, 1])
        try await counters.close(.empty)
        #expect(logger.messages.count == 2, "nothing changed since")
        counters.last("c", 1.5)
        try await counters.close(.empty)
        #expect(logger.messages.map(\.message) == ["Counter a", "Counter b", "Counter c"], "only what has changed")
        let expected: AnyValueMap = ["name": "c", "type": "LAST", "last": 1.5]
        #expect(logger.messages.last?.fields == expected)
    }

    @Test("Only the counters that have changed are logged, with their values as fields")
    func onlyChangedCountersAreLogged() async throws {
        let (counters, logger, _) = try await logCounters()
        counters.stats("s", 1)
        counters.stats("s", 3)
        counters.incrementOne("i")
        counters.last("l", 5)
        counters.dump()
        #expect(logger.messages.map(\.message) == ["Counter i", "Counter l", "Counter s"])
        let statistics: AnyValueMap = [
            "name": "s", "type": "STATS", "last": 3.0, "count": 2, "min": 1.0, "max": 3.0, "avg": 2.0,
        ]
        #expect(logger.messages.last?.fields == statistics)
        counters.incrementOne("i")
        counters.last("l", 5)
        counters.dump()
        #expect(logger.messages.map(\.message).dropFirst(3) == ["Counter i"], "the value of l is the same")
        #expect(logger.messages.last?.fields["count"] == 2)
        counters.dump()
        #expect(logger.messages.count == 4)
    }

    @Test func theyStartAnewAfterTheResetTimeout() async throws {
        let (counters, _, clock) = try await logCounters(["options.reset_timeout": "100"])
        counters.incrementOne("a")
        clock.advance(by: .milliseconds(101))
        #expect(counters.all.isEmpty)
    }

    @Test func countersAreSafeFromManyTasks() async throws {
        let (counters, _, _) = try await logCounters()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<1000 { counters.incrementOne("n") } }
            }
        }
        #expect(counters.all.first?.count == 8000)
    }

    @Test func theLogTracerTellsOutcomeAndTime() async throws {
        let (tracer, logger, clock) = (LogTracer(), RecordingLogger(), VirtualClock())
        try await assemble(
            tracer, references: ["a:logger:recording:1:1.0": logger, "test:clock:virtual:default:1.0": clock])
        let timing = tracer.beginTrace(Context(traceId: "t"), "beacons", "get")
        clock.advance(by: .microseconds(1500))
        timing.endTrace()
        tracer.failure(.empty, "beacons", "get", ApplicationError.invalidState(code: "C", "no"), .milliseconds(2))
        tracer.failure(.empty, "beacons", "get", ApplicationError.conflict(code: "C", "no"), .milliseconds(3))
        #expect(
            logger.messages.map(\.message) == [
                "Executed beacons.get in 1.5 msec", "Failed to execute beacons.get in 2 msec",
                "Failed to execute beacons.get in 3 msec",
            ])
        #expect(logger.messages.map(\.level) == [.debug, .error, .debug], "a conflict is the fault of the client")
    }

    @Test func compositesReachAll() async throws {
        let (first, logger, _) = try await logCounters()
        let (tracer, counters, composite) = (LogTracer(), CompositeCounters(), CompositeTracer())
        let references = References([
            ("a:counters:log:1:1.0", first), ("a:tracer:log:1:1.0", tracer), ("a:logger:r:1:1.0", logger),
            ("a:counters:composite:1:1.0", CompositeCounters()),
        ])
        for component in [tracer, counters, composite] as [any Component] {
            _ = try await ComponentAssembly.assemble(component, name: "x", config: [:], references: references)
        }
        #expect(!counters.isIdle)
        counters.incrementOne("n")
        composite.trace(.empty, "c", "o", .milliseconds(1))
        #expect(first.all.first?.count == 1)
        #expect(logger.messages.map(\.message) == ["Executed c.o in 1 msec"])
    }
}
