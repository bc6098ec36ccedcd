#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Tests Service Bus queues with responses that a real broker does not send on demand.
@Suite struct ServiceBusConnectorTests {
    private func queue(_ broker: ScriptedAMQP, clock: VirtualClock? = nil) async throws -> ServiceBusMessageQueue {
        var references: [(Locator, any Sendable)] = [("test:amqp-connector:scripted:default:1.0", broker)]
        if let clock { references.append(("test:clock:virtual:default:1.0", clock)) }
        let queue = try await assemble(
            ServiceBusMessageQueue("q"),
            config: [
                "connection.uri": "sb://bus.test", "credential.access_id": "p", "credential.access_key": "k",
            ], references: References(references))
        try await queue.open(.empty)
        return queue
    }

    @Test("A message in transit while the queue is closed is released") func late() async throws {
        let broker = ScriptedAMQP(drain: { listener in
            let message = AMQPMessage(MessageEnvelope(.empty, "t", "late"), type: .contentType)
            listener.onDelivery(
                AMQPDelivery(id: AMQPDeliveryID(number: 1), tag: Array(0..<16), message: message.encoded))
            return nil
        })
        let queue = try await queue(broker)
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(60)) }
        try await waitUntil(within: .seconds(30)) { broker.credit.current == 1 }
        try await queue.close(.empty)
        _ = await waiting.result
        #expect(broker.calls.current == ["drain", "released", "close"])
    }

    @Test("Closing a queue without waiting receivers sends no request to the broker") func idle() async throws {
        let broker = ScriptedAMQP()
        try await queue(broker).close(.empty)
        #expect(broker.calls.current == ["close"])
    }

    @Test("Clearing a queue only partly is an error") func clear() async throws {
        let broker = ScriptedAMQP(drain: { _ in .lost("gone") })
        let queue = try await queue(broker)
        #expect(await DriverFixture.code { try await queue.clear(.empty) } == "CONNECTION_LOST")
        try await queue.close(.empty)
    }

    @Test("Peeking ends if the broker keeps returning the same messages") func peek() async throws {
        let broker = ScriptedAMQP(manage: { _ in
            var message = AMQPMessage(MessageEnvelope(.empty, "t", "a"), type: .contentType)
            message.annotations = .symbols([
                "x-opt-sequence-number": .long(.max), "x-opt-message-state": .int(1),
            ])
            var response = AMQPMessage()
            response.properties = ["statusCode": .int(200)]
            let found = AMQPMap(dictionaryLiteral: ("message", .binary(message.encoded)))
            response.body = .value(.map(["messages": .list(Array(repeating: .map(found), count: 10))]))
            return response
        })
        let queue = try await queue(broker)
        #expect(try await queue.peekBatch(.empty, 10).isEmpty)
        #expect(broker.managed.current == 1)
        try await queue.close(.empty)
    }

    @Test("A failed token renewal is retried before the token expires") func renewal() async throws {
        let (clock, broker) = (VirtualClock(Date()), ScriptedAMQP(accepts: { $0 != 2 }))
        let queue = try await queue(broker, clock: clock)
        #expect(broker.tokens.current == 1)
        try await waitUntil(within: .seconds(30)) {
            if broker.tokens.current >= 2 { return true }
            clock.advance(by: .seconds(100))
            return false
        }
        var left = 120
        try await waitUntil(within: .seconds(30)) {
            if broker.tokens.current >= 3 || left == 0 { return true }
            left -= 1
            clock.advance(by: .seconds(1))
            return false
        }
        #expect(broker.tokens.current == 3)
        try await queue.close(.empty)
    }
}
#endif
