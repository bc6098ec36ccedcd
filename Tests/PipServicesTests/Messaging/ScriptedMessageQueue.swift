@testable import PipServices

/// A queue in memory whose first receives, sends and renewals fail as a test says.
final class ScriptedMessageQueue: ConnectorMessageQueue {
    private final class Connector: MessageConnector, Component {
        let memory = MemoryMessageConnection()
        let failures: Locked<[any Error]>
        let sendFailures: Locked<[any Error]>
        let renewFailures: Locked<[any Error]>

        init(
            _ failures: Locked<[any Error]>, _ sendFailures: Locked<[any Error]>, _ renewFailures: Locked<[any Error]>
        ) {
            (self.failures, self.sendFailures, self.renewFailures) = (failures, sendFailures, renewFailures)
        }

        private func fail(_ failures: Locked<[any Error]>) throws {
            if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
        }

        var capabilities: MessagingCapabilities { memory.capabilities }

        func receive(
            _ context: Context, _ queue: String, wait: Duration, lock: Duration
        ) async throws -> MessageEnvelope? {
            try fail(failures)
            return try await memory.receive(context, queue, wait: wait, lock: lock)
        }

        func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
            try await memory.subscribe(context, queue, options)
        }
        func unsubscribe(_ context: Context, _ queue: String) async throws {
            try await memory.unsubscribe(context, queue)
        }
        func publish(
            _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
        ) async throws {
            try fail(sendFailures)
            try await memory.publish(context, message, to: address, timeout: timeout)
        }
        func settle(
            _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference,
            _ settlement: MessageSettlement
        ) async throws {
            if case .renew = settlement { try fail(renewFailures) }
            try await memory.settle(context, message, reference, settlement)
        }
        func readCount(_ context: Context, _ queue: String) async throws -> Int {
            try await memory.readCount(context, queue)
        }
        func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
            try await memory.peek(context, queue, limit)
        }
        func clear(_ context: Context, _ queue: String) async throws { try await memory.clear(context, queue) }
        func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
            try await memory.readDeadLetters(context, queue, limit)
        }
        func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
            try await memory.replayDeadLetters(context, queue, ids: ids)
        }
        func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
            try await memory.removeDeadLetters(context, queue, ids: ids)
        }
    }

    /// What the next receives throw.
    let failures: Locked<[any Error]>
    /// What the next sends throw.
    let sendFailures: Locked<[any Error]>
    /// What the next renewals throw.
    let renewFailures: Locked<[any Error]>
    private let connector: Connector
    let engine: MessageQueueEngine

    init(_ name: String) {
        let connector = Connector(Locked([]), Locked([]), Locked([]))
        self.connector = connector
        (failures, sendFailures, renewFailures) = (
            connector.failures, connector.sendFailures, connector.renewFailures
        )
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }
}
