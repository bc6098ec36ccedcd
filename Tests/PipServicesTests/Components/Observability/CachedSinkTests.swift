import PipServicesTesting
import Testing

@testable import PipServices

/// Periodic saves of cached loggers and tracers, and failures of their sink.
@Suite struct CachedSinkTests {
    /// A sink with configurable behaviour.
    final class Sink: Sendable {
        enum Mode { case works, fails, hangs }
        struct Refused: Error {}

        private let state = Locked((mode: Mode.works, saves: [[String]](), attempts: 0))

        var mode: Mode {
            get { state.withLock { $0.mode } }
            set { state.withLock { $0.mode = newValue } }
        }
        var saves: [[String]] { state.withLock { $0.saves } }
        var all: [String] { saves.flatMap(\.self) }
        var attempts: Int { state.withLock { $0.attempts } }

        func save(_ texts: [String]) async throws {
            let mode = state.withLock { state in
                state.attempts += 1
                return state.mode
            }
            switch mode {
            case .works: state.withLock { $0.saves.append(texts) }
            case .fails: throw Refused()
            case .hangs: while true { try await SystemClock().sleep(for: .milliseconds(1)) }
            }
        }
    }

    private struct Setup {
        let sink = Sink()
        let clock = VirtualClock()
        let reports = Locked(0)
        let buffer: CachedBuffer<String>

        init(_ config: ConfigParams = [:]) async throws {
            let (sink, reports) = (sink, reports)
            buffer = try await assemble(
                CachedBuffer(
                    save: { try await sink.save($0) }, note: { "dropped \($0)" },
                    report: { _ in reports.withLock { $0 += 1 } }),
                config: config, references: ["test:clock:virtual:default:1.0": clock])
        }

        /// Advances the clock once the timer sleeps on it.
        func pass(_ duration: Duration) async throws {
            try await waitUntil { clock.sleeperCount > 0 }
            clock.advance(by: duration)
        }
    }

    @Test func whatIsThereIsSavedByTheClockWithoutAnotherWrite() async throws {
        let setup = try await Setup(["options.interval": "1000"])
        try await setup.buffer.open(.empty)
        setup.buffer.add("a")
        setup.buffer.add("b")
        try await setup.pass(.milliseconds(999))
        #expect(setup.sink.attempts == 0)
        try await setup.pass(.milliseconds(1))
        try await waitUntil { setup.sink.saves == [["a", "b"]] }
        try await setup.pass(.seconds(10))
        setup.buffer.add("c")
        try await setup.buffer.close(.empty)
        #expect(setup.sink.saves == [["a", "b"], ["c"]], "the rest is saved when it closes")
        #expect(setup.buffer.count == 0)
    }

    @Test func aFullBufferIsSavedAtOnce() async throws {
        let setup = try await Setup(["options.max_cache_size": "3"])
        try await setup.buffer.open(.empty)
        for item in ["a", "b", "c"] { setup.buffer.add(item) }
        try await waitUntil { setup.sink.all == ["a", "b", "c"] }
        try await setup.buffer.close(.empty)
    }

    @Test func whileSavingFailsTheNewestAreKeptAndTheDroppedAreToldOnce() async throws {
        let setup = try await Setup(["options.max_cache_size": "3", "options.interval": "1000"])
        setup.sink.mode = .fails
        for item in 1...5 { setup.buffer.add("\(item)") }
        await setup.buffer.flush()
        #expect(setup.sink.attempts == 1, "a failed save is not tried again at once")
        #expect(setup.buffer.count == 3)
        for item in 6...8 { setup.buffer.add("\(item)") }
        await setup.buffer.flush()
        #expect(setup.buffer.count == 3)
        #expect(setup.buffer.droppedCount == 5)
        #expect(setup.reports.current == 1, "a failure is reported when it starts")
        setup.sink.mode = .works
        await setup.buffer.flush()
        #expect(setup.sink.saves == [["dropped 5", "6", "7", "8"]])
        #expect(setup.buffer.droppedCount == 0)
        setup.buffer.add("9")
        await setup.buffer.flush()
        #expect(setup.sink.saves.last == ["9"], "what was dropped is told once")
        setup.sink.mode = .fails
        setup.buffer.add("10")
        await setup.buffer.flush()
        #expect(setup.reports.current == 2)
    }

    @Test func aFailingSinkIsTriedOnceAnInterval() async throws {
        let setup = try await Setup(["options.max_cache_size": "2", "options.interval": "1000"])
        setup.sink.mode = .fails
        try await setup.buffer.open(.empty)
        var intervals = 0
        for round in 1...3 {
            for item in 1...50 { setup.buffer.add("\(round).\(item)") }
            try await waitUntil {
                setup.clock.advance(by: .milliseconds(1000))
                intervals += 1
                return setup.sink.attempts >= round
            }
        }
        // One more starts automatically, because the buffer is full.
        #expect(setup.sink.attempts <= intervals + 1)
        // The items that the last failed save has put back.
        try await waitUntil { setup.buffer.count == 2 }
        setup.sink.mode = .works
        try await setup.buffer.close(.empty)
        #expect(setup.sink.all.suffix(1) == ["3.50"])
    }

    @Test func aSinkThatHangsIsCancelledAndKeepsNoMoreThanTheBound() async throws {
        let setup = try await Setup([
            "options.max_cache_size": "2", "options.interval": "1000", "options.save_timeout": "500",
        ])
        setup.sink.mode = .hangs
        setup.buffer.add("0")
        let flush = Task { await setup.buffer.flush() }
        try await waitUntil { setup.sink.attempts == 1 }
        for item in 1...100 { setup.buffer.add("\(item)") }
        #expect(setup.buffer.count == 20, "ten times the size while the sink is only slow")
        try await setup.pass(.milliseconds(500))
        await flush.value
        #expect(setup.buffer.count == 2)
        setup.sink.mode = .works
        await setup.buffer.flush()
        #expect(setup.sink.all == ["dropped 99", "99", "100"])
    }

    @Test("Closing saves even in a cancelled task, within its own time limit") func closingOutlivesItsTask()
        async throws
    {
        let setup = try await Setup(["options.save_timeout": "500"])
        setup.sink.mode = .hangs
        setup.buffer.add("a")
        let closing = Task { try await setup.buffer.close(.empty) }
        try await waitUntil { setup.sink.attempts == 1 }
        closing.cancel()
        // The timers of the save and of closing.
        try await waitUntil { setup.clock.sleeperCount == 2 }
        setup.clock.advance(by: .milliseconds(500))
        try await closing.value
        #expect(setup.buffer.count == 1, "it is kept")
        setup.sink.mode = .works
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await setup.buffer.close(.empty)
        }
        try await late.value
        #expect(setup.sink.all == ["a"])
    }

    @Test("Cancelling a caller that waits for a save ends only its own wait") func flushIsShared() async throws {
        let setup = try await Setup(["options.max_cache_size": "2"])
        setup.sink.mode = .hangs
        for item in 0..<20 { setup.buffer.add("\(item)") }
        let cancelled = Task { await setup.buffer.flush() }
        try await waitUntil { setup.sink.attempts == 1 }
        let patient = Task { await setup.buffer.flush() }
        cancelled.cancel()
        await cancelled.value
        #expect(setup.buffer.droppedCount == 0)
        #expect(setup.sink.attempts == 1)
        // The save that both waited for is still running.
        try await setup.pass(.seconds(30))
        await patient.value
        #expect(setup.reports.current == 1)
    }

    @Test func whatASinkLogsWhileItSavesDoesNotComeBack() async throws {
        let saved = Locked<[String]>([])
        let composite = CompositeLogger()
        let logger = CachedLogger { messages in
            composite.info(.empty, "saving")
            saved.withLock { $0 += messages.map(\.message) }
        }
        try await assemble(logger)
        try await assemble(composite, references: ["test:logger:cached:default:1.0": logger])
        composite.info(.empty, "one")
        await logger.dump()
        await logger.dump()
        #expect(saved.current == ["one"])
        #expect(logger.count == 0)
    }

    @Test func messagesAreCompleteAndDroppedOnesAreAWarning() async throws {
        let (clock, info) = (VirtualClock(), ContextInfo(name: "beacons"))
        let state = Locked((fails: true, messages: [LogMessage]()))
        let logger = try await assemble(
            CachedLogger { messages in
                try state.withLock { state in
                    if state.fails { throw Sink.Refused() }
                    state.messages += messages
                }
            },
            config: ["level": "debug", "options.max_cache_size": "1"],
            references: [
                "pip-services:context-info:default:default:1.0": info, "test:clock:virtual:default:1.0": clock,
            ])
        logger.debug(.empty, "lost")
        logger.trace(.empty, "not written")
        logger.error(
            Context(traceId: "t"), error: ApplicationError.notFound(code: "NF", "missing"), "failed", ["a": 1])
        await logger.dump()
        state.withLock { $0.fails = false }
        await logger.dump()
        let messages = state.withLock { $0.messages }
        #expect(messages.map(\.level) == [.warn, .error])
        #expect(messages.first?.fields == ["dropped": 1])
        let json = try JSONConverter.toJSON(try #require(messages.last))
        #expect(
            json == #"{"time":"2024-01-01T00:00:00.000Z","level":"ERROR","source":"beacons","trace_id":"t","#
                + #""message":"failed","error":{"type":null,"category":"NotFound","status":404,"code":"NF","#
                + #""message":"missing","details":null,"trace_id":null,"cause":null,"stack_trace":null},"#
                + #""fields":{"a":1}}"#)
    }

    @Test func tracesAreSplitAtTheLastDot() async throws {
        let saved = Locked<[OperationTrace]>([])
        let tracer = try await assemble(
            CachedTracer { traces in saved.withLock { $0 += traces } }, config: ["source": "here"])
        tracer.trace(Context(traceId: "t"), "a.b.get_one", "", .milliseconds(5))
        tracer.trace(.empty, "a.b", "c.d", .zero)
        tracer.trace(.empty, "plain", "", .zero)
        await tracer.dump()
        #expect(saved.current.map(\.component) == ["a.b", "a.b", "plain"])
        #expect(saved.current.map(\.operation) == ["get_one", "c.d", ""])
        #expect(saved.current.first?.value["duration"] == .double(5))
        #expect(saved.current.first?.source == "here")
    }

    @Test func aQueueKeepsTheNewestWhateverIsDoneToIt() {
        let seed: UInt64 = 20_241_121
        print("bounded queue: seed \(seed)")
        let random = SeededRandom(seed: seed)
        var (queue, model, next) = (BoundedQueue<Int>(), [Int](), 0)
        for _ in 0..<20_000 {
            let limit = random.next(in: 1..<9)
            switch random.next(in: 0..<12) {
            case 0:
                #expect(queue.takeAll() == model)
                model = []
            case 1:
                let back = (0..<random.next(in: 0..<5)).map { _ in -1 }
                let dropped = queue.putBack(back, limit: limit)
                model = back + model
                #expect(dropped == Array(model.prefix(max(0, model.count - limit))))
                model.removeFirst(dropped.count)
            default:
                next += 1
                let dropped = queue.append(next, limit: limit)
                model.append(next)
                #expect(dropped == Array(model.prefix(max(0, model.count - limit))))
                model.removeFirst(dropped.count)
            }
            #expect(queue.count == model.count)
        }
    }
}
