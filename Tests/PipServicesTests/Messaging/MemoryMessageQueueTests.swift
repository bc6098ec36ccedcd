import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct MemoryMessageQueueTests {
    /// A queue that goes by a clock of its own.
    private func open(
        _ config: ConfigParams = [:], _ references: KeyValuePairs<Locator, any Sendable> = [:], name: String = "q"
    ) async throws -> (MemoryMessageQueue, VirtualClock) {
        let clock = VirtualClock()
        let all = References([("test:clock:virtual:default:1.0", clock)] + references.map { ($0.key, $0.value) })
        let queue = try await assemble(MemoryMessageQueue(name), config: config, references: all)
        try await queue.open(.empty)
        return (queue, clock)
    }

    @Test("Competing receivers are woken one by one in order, without polling") func wakeUp() async throws {
        let (queue, clock) = try await open()
        let order = Locked<[String]>([])
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<3 {
            tasks.append(
                Task {
                    let message = try await queue.receive(.empty, waitTimeout: .seconds(100))
                    order.withLock { $0.append("\(number) got \(message?.messageAsString ?? "nothing")") }
                })
            try await waitUntil(within: .seconds(30)) { queue.waiterCount == number + 1 }
        }
        for number in 0..<3 {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)"))
            try await waitUntil(within: .seconds(30)) { order.withLock { $0.count } == number + 1 }
        }
        for task in tasks { try await task.value }
        #expect(order.current == ["0 got 0", "1 got 1", "2 got 2"])
        #expect(clock.uptime == .zero)
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test("A sender cancelled while the queue is full leaves nothing behind") func cancelledSender() async throws {
        let (queue, clock) = try await open(["options.max_size": "1"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let sending = Task { try await queue.send(.empty, MessageEnvelope(.empty, "t", "b")) }
        try await waitUntil(within: .seconds(30)) { queue.waiterCount == 1 }
        sending.cancel()
        await #expect(throws: CancellationError.self) { try await sending.value }
        #expect(queue.waiterCount == 0)
        let got = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        try await queue.complete(.empty, got)
        #expect(try await queue.readMessageCount(.empty) == 0)
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test("A sender waiting for room fails with NOT_OPENED when the queue is closed") func closedSender() async throws {
        let connection = try await assemble(MemoryMessageConnection())
        let references: KeyValuePairs<Locator, any Sendable> = [
            "pip-services:connection:memory:default:1.0": connection
        ]
        let (queue, clock) = try await open(["options.max_size": "1"], references)
        let (other, _) = try await open(["options.max_size": "1"], references)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let sending = Task { try await queue.send(.empty, MessageEnvelope(.empty, "t", "b")) }
        try await waitUntil(within: .seconds(30)) { queue.waiterCount == 1 }
        try await other.close(.empty)
        #expect(queue.waiterCount == 1, "somebody else uses the queue")
        try await queue.close(.empty)
        #expect(connection.waiterCount("q") == 0)
        sending.cancel()
        await #expect(throws: ApplicationError.self) { try await sending.value }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
        try await queue.open(.empty)
        #expect(try await queue.readMessageCount(.empty) == 1)
    }

    @Test("Messages survive closing and opening the queue") func reopen() async throws {
        let (queue, _) = try await open()
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await queue.close(.empty)
        try await queue.open(.empty)
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "a")
    }

    @Test("A message to a topic reaches all its queues and no others") func topics() async throws {
        let connection = try await assemble(MemoryMessageConnection())
        let references: KeyValuePairs<Locator, any Sendable> = [
            "pip-services:connection:memory:default:1.0": connection
        ]
        let (first, _) = try await open(["topic": "beacons"], references, name: "first")
        let (second, _) = try await open(["topic": "beacons"], references, name: "second")
        let (other, _) = try await open(["topic": "sites"], references, name: "other")
        try await first.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await first.receive(.empty, waitTimeout: .zero)?.messageAsString == "a")
        #expect(try await second.receive(.empty, waitTimeout: .zero)?.messageAsString == "a")
        #expect(try await other.receive(.empty, waitTimeout: .zero) == nil)
    }

    @Test("An unknown queue is an error with the nearest name") func unknownQueue() async throws {
        let connection = try await assemble(MemoryMessageConnection())
        try await connection.createQueue(.empty, "orders")
        #expect(try await connection.readQueueNames(.empty) == ["orders"])
        do {
            try await connection.publish(
                .empty, MessageEnvelope(.empty, "t", "a"), to: .queue("order"), timeout: .zero)
            Issue.record("It was sent")
        } catch let error as ApplicationError {
            #expect(error.code == "UNKNOWN_QUEUE")
            #expect(error.status == 404)
            #expect(error.message.contains("'orders'"))
        }
        try await connection.publish(.empty, MessageEnvelope(.empty, "t", "a"), to: .queue("orders"), timeout: .zero)
        try await connection.createQueue(.empty, "orders")
        #expect(try await connection.readCount(.empty, "orders") == 1, "it is left alone")
        try await connection.deleteQueue(.empty, "orders")
        #expect(try await connection.readQueueNames(.empty) == [])
    }

    @Test("A factory creates queues with its settings, which reach the other queues") func factory() async throws {
        let connection = try await assemble(MemoryMessageConnection())
        let references = References([("pip-services:connection:memory:default:1.0", connection)])
        let factory = try await assemble(
            MemoryMessageQueueFactory(), config: ["name": "ignored", "options.max_size": "1"], references: references)
        let queue = try await factory.createQueue(.empty, "made")
        #expect(queue.name == "made")
        await #expect(throws: ApplicationError.self) { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
        try await queue.open(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await connection.readCount(.empty, "made") == 1)
        #expect(try factory.create("pip-services:message-queue:memory:named:1.0") is MemoryMessageQueue)
        let bad = try await assemble(
            MemoryMessageQueueFactory(), config: ["options.max_size": "many"], references: references)
        do {
            _ = try await bad.createQueue(.empty, "made")
            Issue.record("It was created")
        } catch let error as ApplicationError {
            #expect(error.code == "BAD_CONFIG")
            #expect(error.message.contains("'options.max_size' is 'many'"))
        }
    }

    @Test("The counters have the names of the toolkit") func counters() async throws {
        let counters = LogCounters()
        let (queue, _) = try await open([:], ["test:counters:log:default:1.0": counters])
        for _ in 0..<3 { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
        let first = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        try await queue.abandon(.empty, first)
        let second = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        try await queue.moveToDeadLetter(.empty, second)
        #expect(counters["queue.q.sent_messages"]?.count == 3)
        #expect(counters["queue.q.received_messages"]?.count == 2)
        #expect(counters["queue.q.abandoned_messages"]?.count == 1)
        #expect(counters["queue.q.dead_messages"]?.count == 1)
    }

    @Test("Depth and latency are measured, the depth once per second of changes") func meters() async throws {
        let counters = LogCounters()
        let (queue, clock) = try await open([:], ["test:counters:log:default:1.0": counters])
        for _ in 0..<3 { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
        #expect(counters["queue.q.send_time"]?.count == 3)
        #expect(counters["queue.q.depth"] == nil)
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
        clock.advance(by: .seconds(1))
        try await waitUntil(within: .seconds(30)) { counters["queue.q.depth"]?.last == 3 }
        // Nothing has changed since: it is not read again.
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
        clock.advance(by: .seconds(1))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        #expect(counters["queue.q.wait_time"]?.average == 2000)
        await queue.handle(.empty, message) { [clock] _, _ in clock.advance(by: .seconds(5)) }
        #expect(counters["queue.q.handle_time"]?.average == 5000)
        try await waitUntil(within: .seconds(30)) {
            clock.advance(by: .seconds(1))
            return counters["queue.q.depth"]?.last == 2
        }
        let again = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        try await queue.abandon(.empty, again)
        #expect(try await queue.receive(.empty, waitTimeout: .zero) != nil)
        _ = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        #expect(counters["queue.q.wait_time"]?.count == 3, "the first delivery of each message")
        try await queue.close(.empty)
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test("Locks that expire are logged with their number") func expiredLocks() async throws {
        let logger = RecordingLogger()
        let (queue, clock) = try await open(
            ["options.lock_timeout": "1000"], ["test:logger:recording:default:1.0": logger])
        for _ in 0..<2 {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
            #expect(try await queue.receive(.empty, waitTimeout: .zero) != nil)
        }
        clock.advance(by: .seconds(1))
        #expect(try await queue.receive(.empty, waitTimeout: .zero) != nil)
        let warnings = logger.messages.filter { $0.message.contains("expired") }
        #expect(warnings.map(\.fields) == [["queue": "q", "count": 2]])
        try await queue.close(.empty)
    }

    @Test("Sending, receiving and handling are traced within the message's trace") func traces() async throws {
        let tracer = RecordingTracer()
        let (queue, clock) = try await open(
            ["options.max_size": "1", "options.send_timeout": "0"], ["test:tracer:recording:default:1.0": tracer])
        var context = Context(traceId: "trace")
        context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        try await queue.send(context, MessageEnvelope(context, "t", "a"))
        await #expect(throws: ApplicationError.self) {
            try await queue.send(context, MessageEnvelope(context, "t", "b"))
        }
        clock.advance(by: .seconds(2))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        await queue.handle(.empty, message) { [clock] _, _ in
            clock.advance(by: .seconds(3))
            throw ApplicationError.conflict(code: "FAILED", "It failed")
        }
        #expect(
            tracer.records.current.map(\.text) == [
                "trace queue.q send - 0.0", "trace queue.q send QUEUE_FULL 0.0", "trace queue.q receive - 2000.0",
                "trace queue.q handle FAILED 3000.0",
            ])
        let parents = tracer.records.current.map(\.parent)
        // No key path: one through an optional makes the standard library copy overlapping memory.
        #expect(Set(parents.map { $0?.trace }).count == 1, "one trace")
        #expect(parents[0]?.parent == message.traceParent?.parent, "the message names the span that sent it")
        #expect(parents[0]?.parent != context.traceParent?.parent)
    }

    @Test("The back-off doubles up to its bound") func backOff() async throws {
        let (queue, clock) = try await open([
            "options.max_deliveries": "10", "options.redelivery_delay": "1000", "options.max_redelivery_delay": "4000",
        ])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        for longest in [1, 2, 4, 4] {
            let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
            await queue.handle(.empty, message) { _, _ in throw ApplicationError.conflict(code: "FAILED", "It failed") }
            // Chance takes away half of it at most.
            clock.advance(by: .milliseconds(longest * 500 - 1))
            #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
            clock.advance(by: .milliseconds(longest * 500 + 1))
        }
    }

    @Test("A message without a trace id gets one for its handling") func newTraceId() async throws {
        let (queue, _) = try await open()
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        let traceId = Locked<String?>(nil)
        await queue.handle(.empty, message) { context, _ in traceId.withLock { $0 = context.traceId } }
        #expect(traceId.current?.utf8.count == 32)
    }

    @Test("A message that was not received from the queue is not handled") func notReceived() async throws {
        let (queue, _) = try await open()
        let isCalled = Locked(false)
        let isDone = await queue.handle(.empty, MessageEnvelope(.empty, "t", "a")) { _, _ in
            isCalled.withLock { $0 = true }
        }
        #expect(!isDone)
        #expect(!isCalled.current)
    }

    @Test("A message whose envelope cannot be read becomes a dead letter with the reason") func defect() async throws {
        let connection = try await assemble(MemoryMessageConnection())
        let (queue, _) = try await open([:], ["pip-services:connection:memory:default:1.0": connection])
        let wire = MessageEnvelope(wire: Array(#"{"message":"%%%"}"#.utf8))
        try await connection.publish(.empty, wire, to: .queue("q"), timeout: .zero)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "good"))
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "good")
        let letters = try await queue.readDeadLetters(.empty, 10)
        #expect(letters.map(\.error.code) == ["BAD_MESSAGE"])
        #expect(letters.first?.error.message.contains("Base64") == true)
    }

    @Test(
        "Limits without a meaning are refused",
        arguments: [
            "max_deliveries": "0", "lock_timeout": "0", "max_size": "0", "max_message_size": "0",
            "redelivery_delay": "-5", "handler_timeout": "-1", "max_dead_letters": "0", "listen_interval": "0",
            "send_timeout": "-1",
        ])
    func meaninglessLimits(key: String, value: String) async throws {
        let error = await #expect(throws: ApplicationError.self) { _ = try await open(["options.\(key)": value]) }
        #expect(error?.message.contains("'options.\(key)'") == true, "\(error?.message ?? "")")
    }

    @Test("A handler without a time limit may run indefinitely") func noHandlerTimeout() async throws {
        let (queue, clock) = try await open(["options.handler_timeout": "0"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        let isDone = await queue.handle(.empty, message) { [clock] context, _ in
            // The lock is renewed meanwhile.
            for _ in 0..<100 {
                try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
                clock.advance(by: .seconds(10))
            }
            #expect(context.deadline.map { $0 > .seconds(1_000_000) } ?? true)
        }
        #expect(isDone)
    }

    @Test("An unexpected cancellation by a connector is a failure, and is retried later") func cancelling()
        async throws
    {
        let (clock, logger) = (VirtualClock(), RecordingLogger())
        let queue = ScriptedMessageQueue("q")
        queue.failures.withLock { $0 = [CancellationError(), CancellationError()] }
        let references = References([
            ("test:clock:virtual:default:1.0", clock), ("test:logger:recording:default:1.0", logger),
        ])
        try await assemble(queue, references: references)
        try await queue.open(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let receiver = TestMessageReceiver()
        try await queue.beginListen(.empty, receiver)
        for _ in 0..<2 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            #expect(receiver.messageCount == 0)
            clock.advance(by: .seconds(30))
        }
        try await waitUntil(within: .seconds(30)) { receiver.messageCount == 1 }
        #expect(logger.messages.filter { $0.level == .error }.count == 1)
        try await queue.close(.empty)
    }

    @Test("A message sent during the cancellation of its receiver is received or stays in the queue") func cancelRace()
        async throws
    {
        let (queue, clock) = try await open()
        for round in 0..<(TestSize.isFull ? 20_000 : 1_000) {
            let receiving = Task { try await queue.receive(.empty, waitTimeout: .seconds(100)) }
            if round.isMultiple(of: 2) { await Task.yield() }
            let cancelling = Task { receiving.cancel() }
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(round)"))
            await cancelling.value
            var message = (try? await receiving.value) ?? nil
            if message == nil { message = try await queue.receive(.empty, waitTimeout: .zero) }
            try #require(message?.messageAsString == "\(round)")
            if let message { try await queue.complete(.empty, message) }
        }
        #expect(queue.waiterCount == 0)
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test("A handler may continue after settling its message, however many others are handled")
    func earlySettlement()
        async throws
    {
        let (queue, clock) = try await open()
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "early"))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        let isDone = await queue.handle(.empty, message) { [clock] context, message in
            try await queue.complete(context, message)
            for _ in 0..<1_500 {
                try await queue.send(context, MessageEnvelope(context, "t", "other"))
                try await queue.complete(context, try #require(try await queue.receive(context, waitTimeout: .zero)))
            }
            // The time limit, and the renewal of the lock, which finds that the message is settled.
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
            clock.advance(by: .seconds(10))
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            for _ in 0..<100 { await Task.yield() }
            try Task.checkCancellation()
        }
        #expect(isDone)
    }

    @Test("A lock whose renewal fails temporarily is renewed later, and the handler continues") func failingRenewal()
        async throws
    {
        let clock = VirtualClock()
        let queue = ScriptedMessageQueue("q")
        queue.renewFailures.withLock { failures in
            failures = [ApplicationError.connection(code: "NO_BROKER", "The broker is out of reach")]
        }
        try await assemble(queue, references: ["test:clock:virtual:default:1.0": clock])
        try await queue.open(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        let isDone = await queue.handle(.empty, message) { _, _ in
            // A lock lasts 30 s.
            for _ in 0..<10 {
                try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
                clock.advance(by: .seconds(10))
            }
        }
        #expect(isDone)
        #expect(queue.renewFailures.withLock { $0.isEmpty })
        #expect(try await queue.readMessageCount(.empty) == 0)
    }

    @Test("A message that is never settled becomes one dead letter, however many receivers compete")
    func oneDeadLetter()
        async throws
    {
        let (queue, clock) = try await open(["options.max_deliveries": "3"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let receivers = (0..<3).map { _ in
            Task { while try await queue.receive(.empty, waitTimeout: .seconds(100_000)) != nil {} }
        }
        try await waitUntil(within: .seconds(60)) {
            clock.advance(by: .seconds(10))
            return try await queue.readDeadLetters(.empty, 10).count > 0
        }
        for _ in 0..<100 {
            clock.advance(by: .seconds(10))
            await Task.yield()
        }
        let letters = try await queue.readDeadLetters(.empty, 10)
        #expect(letters.map(\.error.code) == ["TOO_MANY_DELIVERIES"])
        for receiver in receivers { receiver.cancel() }
    }

    @Test("With a wrong sender clock, the wait time is zero or bounded", arguments: [-1e17, 1e17])
    func wrongClock(_ time: Double) async throws {
        let connection = try await assemble(MemoryMessageConnection())
        let counters = LogCounters()
        let (queue, _) = try await open(
            [:],
            ["pip-services:connection:memory:default:1.0": connection, "test:counters:log:default:1.0": counters])
        var message = MessageEnvelope(.empty, "t", "a")
        message.sentTime = Date(timeIntervalSince1970: time)
        try await connection.publish(.empty, message, to: .queue("q"), timeout: .zero)
        #expect(try await queue.receive(.empty, waitTimeout: .zero) != nil)
        #expect(counters["queue.q.wait_time"]?.average == (time > 0 ? 0 : 3e12))
    }

    @Test("Malformed settings are errors") func badSettings() async throws {
        for key in ["options.lock_timeout", "options.max_deliveries", "options.max_size"] {
            await #expect(throws: ApplicationError.self) {
                try await assemble(MemoryMessageQueue(), config: ConfigParams(StringValueMap([key: "x"])))
            }
        }
    }
}

/// A tracer that keeps what it is given.
private final class RecordingTracer: PipServices.Tracer, Component {
    struct Record: Sendable {
        let text: String
        let parent: TraceParent?
    }

    let clock: any ClockSource = SystemClock()
    let records = Locked<[Record]>([])

    func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        let code = (error as? ApplicationError)?.code ?? "-"
        let text = "\(context.traceId ?? "-") \(component) \(operation) \(code) \(duration.milliseconds)"
        records.withLock { $0.append(Record(text: text, parent: context.traceParent)) }
    }
}
