import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct OutboxRelayTests {
    /// An outbox in memory.
    private final class TestOutbox: Outbox, Component {
        let messages = Locked<[OutboxMessage]>([])

        init(_ destinations: [String]) {
            let messages = destinations.enumerated().map { number, destination in
                OutboxMessage(
                    id: "\(number)", destination: destination, type: "t", payload: .integer(Int64(number)),
                    traceId: "trace", time: Date(timeIntervalSince1970: 0))
            }
            self.messages.withLock { $0 = messages }
        }

        func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
            messages.withLock { Array($0.prefix(count)) }
        }

        func markSent(_ context: Context, _ ids: [String]) async throws {
            // As a database may.
            try Task.checkCancellation()
            messages.withLock { $0.removeAll { ids.contains($0.id) } }
        }
    }

    private func queue(_ name: String, _ config: ConfigParams = [:]) async throws -> MemoryMessageQueue {
        let queue = try await assemble(MemoryMessageQueue(name), config: config)
        try await queue.open(.empty)
        return queue
    }

    @Test("Messages are sent in order with their ids, and leave the outbox") func sends() async throws {
        let outbox = TestOutbox(["a", "a", "b"])
        let (first, second) = (try await queue("a"), try await queue("b"))
        let relay = try await assemble(
            OutboxRelay(), config: ["options.batch_size": "2"],
            references: [
                "test:persistence:memory:default:1.0": outbox, "test:message-queue:memory:a:1.0": first,
                "test:message-queue:memory:b:1.0": second,
            ])
        #expect(try await relay.relay(.empty) == 2)
        #expect(try await relay.relay(.empty) == 1)
        #expect(try await relay.relay(.empty) == 0)
        #expect(try await first.peekBatch(.empty, 10).map(\.messageId) == ["0", "1"])
        let message = try #require(try await second.peek(.empty))
        #expect(message.messageAsString == "2")
        #expect(message.traceId == "trace")
        #expect(message.messageType == "t")
    }

    @Test("An unsendable message stays, with later ones for the same destination") func failures() async throws {
        let outbox = TestOutbox(["full", "full", "a", "unknown"])
        let full = try await queue("full", ["options.max_size": "1", "options.send_timeout": "0"])
        let logger = RecordingLogger()
        let relay = try await assemble(
            OutboxRelay(),
            references: [
                "test:persistence:memory:default:1.0": outbox, "test:message-queue:memory:full:1.0": full,
                "test:message-queue:memory:a:1.0": try await queue("a"), "test:logger:recording:default:1.0": logger,
            ])
        #expect(try await relay.relay(.empty) == 2)
        #expect(outbox.messages.current.map(\.id) == ["1", "3"])
        #expect(try await relay.relay(.empty) == 0)
        let errors = logger.messages.filter { $0.level == .error }.compactMap(\.error)
        #expect(errors.count == 2, "each destination once")
        #expect(errors.first?.contains("QUEUE_FULL") == true)
        #expect(errors.last?.contains("UNKNOWN_QUEUE") == true)
        try await full.clear(.empty)
        #expect(try await relay.relay(.empty) == 1)
        #expect(outbox.messages.current.map(\.id) == ["3"])
    }

    @Test("Messages behind many for a failing destination are still sent") func noStarvation() async throws {
        let outbox = TestOutbox(Array(repeating: "closed", count: 25) + ["a", "closed", "a", "a"])
        let closed = try await assemble(MemoryMessageQueue("closed"))
        let open = try await queue("a")
        let relay = try await assemble(
            OutboxRelay(), config: ["options.batch_size": "2"],
            references: [
                "test:persistence:memory:default:1.0": outbox, "test:message-queue:memory:closed:1.0": closed,
                "test:message-queue:memory:a:1.0": open,
            ])
        #expect(try await relay.relay(.empty) == 2, "a batch")
        #expect(try await relay.relay(.empty) == 1)
        #expect(try await relay.relay(.empty) == 0)
        #expect(try await open.peekBatch(.empty, 10).map(\.messageId) == ["25", "27", "28"])
        #expect(outbox.messages.current.count == 26)
    }

    @Test("A message keeps its group") func group() async throws {
        let outbox = TestOutbox(["a"])
        outbox.messages.withLock { $0[0].group = "g" }
        let a = try await queue("a")
        let relay = try await assemble(
            OutboxRelay(),
            references: ["test:persistence:memory:default:1.0": outbox, "test:message-queue:memory:a:1.0": a])
        try await relay.relay(.empty)
        #expect(try await a.peek(.empty)?.group == "g")
    }

    @Test("A drain stops within a batch, and sent messages have left the outbox", arguments: [false, true])
    func drain(_ isCancelled: Bool) async throws {
        let outbox = TestOutbox(["a", "a", "a"])
        let full = try await queue("a", ["options.max_size": "1"])
        let relay = try await assemble(
            OutboxRelay(),
            references: ["test:persistence:memory:default:1.0": outbox, "test:message-queue:memory:a:1.0": full])
        try await relay.startAccepting(.empty)
        // The second message waits for room.
        try await waitUntil(within: .seconds(30)) { full.waiterCount == 1 }
        let draining = Task { await relay.drain(.empty) }
        try await waitUntil(within: .seconds(30)) { relay.isDraining }
        if isCancelled {
            draining.cancel()
        } else {
            try await full.complete(.empty, try #require(try await full.receive(.empty, waitTimeout: .zero)))
        }
        await draining.value
        #expect(outbox.messages.current.map(\.id) == (isCancelled ? ["1", "2"] : ["2"]))
        #expect(full.waiterCount == 0)
        try await relay.close(.empty)
    }

    @Test("The outbox is read repeatedly while the service runs, and a failure is logged once")
    func works() async throws {
        let (clock, logger, outbox) = (VirtualClock(), RecordingLogger(), TestOutbox(["late"]))
        let relay = OutboxRelay()
        let late = try await assemble(MemoryMessageQueue("late"))
        let references = References([
            ("test:clock:virtual:default:1.0", clock), ("test:logger:recording:default:1.0", logger),
            ("test:persistence:memory:default:1.0", outbox), ("test:message-queue:memory:late:1.0", late),
        ])
        try await assemble(relay, references: references)
        try await relay.open(.empty)
        try await relay.startAccepting(.empty)
        for _ in 0..<3 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(1))
        }
        try await late.open(.empty)
        for _ in 0..<100 where try await late.readMessageCount(.empty) == 0 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(1))
        }
        #expect(try await late.peek(.empty)?.messageId == "0")
        await relay.drain(.empty)
        try await relay.close(.empty)
        #expect(!relay.isOpen)
        #expect(logger.messages.filter { $0.level == .error }.count == 1)
    }
}
