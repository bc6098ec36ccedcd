import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CachedMessageQueueTests {
    private func open(
        _ transport: LoopbackTransport, _ config: ConfigParams = [:]
    ) async throws -> CachedMessageQueue {
        let queue = try await assemble(CachedMessageQueue("q", transport), config: config)
        try await queue.open(.empty)
        return queue
    }

    @Test("A queue subscribes when a message is first asked for, or when it is opened if told so")
    func subscribes() async throws {
        let lazy = LoopbackTransport()
        let queue = try await open(lazy)
        #expect(lazy.subscriptions == 0)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString == "a")
        _ = try await queue.receive(.empty, waitTimeout: .zero)
        #expect(lazy.subscriptions == 1)
        let eager = LoopbackTransport()
        _ = try await open(eager, ["options.autosubscribe": "true"])
        #expect(eager.subscriptions == 1)
    }

    @Test("The broker keeps a message until it is completed or given up") func acknowledgement() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport, ["options.autosubscribe": "true"])
        for text in ["a", "b", "c"] { try await queue.send(.empty, MessageEnvelope(.empty, "t", text)) }
        for settle in [
            { try await queue.abandon(.empty, $0) }, { try await queue.complete(.empty, $0) },
            { try await queue.moveToDeadLetter(.empty, $0) },
        ] as [(MessageEnvelope) async throws -> Void] {
            try await settle(try #require(try await queue.receive(.empty, waitTimeout: .zero)))
        }
        #expect(transport.unacknowledged.map(\.messageAsString) == ["a"])
    }

    @Test("What was not handled is delivered again after the queue was closed") func reopen() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        _ = try await queue.receive(.empty, waitTimeout: .seconds(30))
        try await queue.close(.empty)
        try await queue.open(.empty)
        let again = try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)))
        #expect(again.messageAsString == "a")
        try await queue.complete(.empty, again)
        #expect(transport.unacknowledged.isEmpty)
    }

    @Test("A broker out of reach is an error, and asked again by the next call") func outOfReach() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport)
        transport.failSubscriptions(1)
        do {
            _ = try await queue.receive(.empty, waitTimeout: .zero)
            Issue.record("It was received")
        } catch let error as ApplicationError {
            #expect(error.code == "NO_BROKER")
        }
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        #expect(transport.subscriptions == 1)
    }

    @Test("A transport waits while the buffer is full") func backPressure() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport, ["options.autosubscribe": "true", "options.max_size": "1"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let isSent = Locked(false)
        let sending = Task {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "b"))
            isSent.withLock { $0 = true }
        }
        try await waitUntil(within: .seconds(30)) { transport.unacknowledged.count == 2 }
        #expect(!isSent.current)
        let first = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        #expect(!isSent.current)
        try await queue.complete(.empty, first)
        try await sending.value
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "b")
    }
}
