#if PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Queues on RabbitMQ, beyond the contract.
@Suite(.enabled(if: AMQPFixture.missing == nil, "\(AMQPFixture.missing ?? "")"))
struct AMQPQueueTests {
    @Test("A message keeps all its fields, and its delivery count on redelivery") func fields() async throws {
        try await AMQPFixture.with { connection in
            let queue = try await AMQPFixture.queue(connection, AMQPFixture.name(), ["options.redelivery_delay": "0"])
            var message = MessageEnvelope(Context(traceId: "trace"), "type", "Grüße", group: "g")
            message.replyTo = "answers"
            message.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            try await queue.send(.empty, message)
            for delivery in 1...2 {
                let got = try await AMQPFixture.next(queue)
                #expect((got.messageId, got.traceId, got.messageType) == (message.messageId, "trace", "type"))
                #expect((got.replyTo, got.messageAsString, got.group) == ("answers", "Grüße", "g"))
                #expect(got.traceParent?.traceId == "0af7651916cd43dd8448eb211c80319c")
                #expect(got.deliveryCount == delivery)
                if delivery == 1 { try await queue.abandon(.empty, got) } else { try await queue.complete(.empty, got) }
            }
            #expect(try await AMQPFixture.isSilent(queue))
            try await queue.close(.empty)
        }
    }

    @Test("An unsettled message is redelivered after its queue was closed") func notSettled() async throws {
        try await AMQPFixture.with { connection in
            let name = AMQPFixture.name()
            let queue = try await AMQPFixture.queue(connection, name)
            for text in ["a", "b"] { try await AMQPFixture.send(queue, text) }
            let first = try await AMQPFixture.next(queue)
            try await queue.close(.empty)
            let again = try await AMQPFixture.queue(connection, name)
            let next = try await AMQPFixture.next(again)
            #expect((next.messageAsString, next.deliveryCount) == ("a", 2))
            #expect(await DriverFixture.code { try await again.complete(.empty, first) } == "LOCK_EXPIRED")
            try await again.complete(.empty, next)
            #expect(try await AMQPFixture.take(again, 1) == ["b"])
        }
    }

    @Test("No more messages are held than options.prefetch allows") func prefetch() async throws {
        try await AMQPFixture.with { connection in
            let name = AMQPFixture.name()
            let slow = try await AMQPFixture.queue(connection, name, ["options.prefetch": "3"])
            for number in 0..<10 { try await AMQPFixture.send(slow, "\(number)") }
            try await waitUntil(within: .seconds(30)) { slow.connector.unsettledCount(name) == 3 }
            let other = try await AMQPFixture.queue(connection, name)
            // What the first one does not hold is for others.
            #expect(try await AMQPFixture.take(other, 7) == (3..<10).map(String.init))
            #expect(slow.connector.unsettledCount(name) == 3)
            #expect(try await AMQPFixture.take(slow, 3) == ["0", "1", "2"])
        }
    }

    @Test("A message to a topic reaches all queues with this topic") func topic() async throws {
        try await AMQPFixture.with { connection in
            let config: ConfigParams = ["topic": AMQPFixture.name("topic")]
            let first = try await AMQPFixture.queue(connection, AMQPFixture.name("1"), config)
            let second = try await AMQPFixture.queue(connection, AMQPFixture.name("2"), config)
            try await AMQPFixture.send(first, "a")
            #expect(try await AMQPFixture.take(first, 1) == ["a"])
            #expect(try await AMQPFixture.take(second, 1) == ["a"])
        }
    }

    @Test("A missing queue that must exist is an error that names it, and others continue") func missing()
        async throws
    {
        try await AMQPFixture.with(nil, ["options.command_timeout": "3000"]) { connection in
            let name = AMQPFixture.name()
            let error = await #expect(throws: ApplicationError.self) {
                _ = try await AMQPFixture.queue(connection, name, ["options.address_prefix": "/amq/queue/"])
            }
            #expect(error?.code == "UNKNOWN_QUEUE")
            #expect(error?.message.contains(name) == true, "\(String(describing: error))")
            let other = try await AMQPFixture.queue(connection, AMQPFixture.name())
            try await AMQPFixture.send(other, "a")
            #expect(try await AMQPFixture.take(other, 1) == ["a"])
        }
    }

    @Test("A name that is invalid in an address is rejected") func badName() async throws {
        for (config, key) in [
            (["queue": "a/b"], "queue"), (["options.dead_queue": "a\u{1}"], "options.dead_queue"),
            (["topic": "a/b"], "topic"), (["queue": "日本"], "queue"), (["topic": "é"], "topic"),
        ] as [(ConfigParams, String)] {
            let queue = try await assemble(AMQPMessageQueue("q"), config: config.override(["connection.host": "h"]))
            let error = await #expect(throws: ApplicationError.self) { try await queue.checkConfiguration(.empty) }
            #expect(error?.code == "BAD_QUEUE_NAME")
            #expect(error?.message.contains("'\(key)'") == true, "\(String(describing: error))")
        }
        let other = try await assemble(
            AMQPMessageQueue("日本"), config: ["options.address_prefix": "none", "connection.host": "h"])
        try await other.checkConfiguration(.empty)
    }

    @Test("A message above the driver's size limit stays at the broker") func oversized() async throws {
        try await AMQPFixture.with(nil, ["options.max_received_size": "200000"]) { connection in
            let (name, logger) = (AMQPFixture.name(), RecordingLogger())
            let queue = try await AMQPFixture.queue(connection, name, logger: logger)
            try await queue.send(.empty, MessageEnvelope(.empty, "t", [UInt8](repeating: 7, count: 300_000)))
            try await AMQPFixture.send(queue, "small")
            #expect(try await AMQPFixture.take(queue, 1) == ["small"])
            #expect(logger.messages.contains { $0.message.contains("options.max_received_size") })
            try await queue.close(.empty)
            try await AMQPFixture.with { other in
                let reader = try await AMQPFixture.queue(other, name)
                #expect(try await AMQPFixture.next(reader).message?.count == 300_000)
            }
        }
    }

    @Test("Sent messages keep their order, within the limit of messages in flight") func inFlight() async throws {
        try await AMQPFixture.with(nil, ["options.max_in_flight": "1"]) { connection in
            let queue = try await AMQPFixture.queue(connection, AMQPFixture.name())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 { group.addTask { try await AMQPFixture.send(queue, "\(number)") } }
                try await group.waitForAll()
            }
            #expect(Set(try await AMQPFixture.take(queue, 50)) == Set((0..<50).map { "\($0)" }))
        }
    }

    @Test("With the prefix none, the address is the plain name") func bareName() async throws {
        try await AMQPFixture.with { connection in
            let name = AMQPFixture.name()
            let queue = try await AMQPFixture.queue(connection, name)
            let bare = try await AMQPFixture.queue(
                connection, name, ["options.address_prefix": "none", "options.autosubscribe": "false"])
            try await AMQPFixture.send(bare, "a")
            #expect(try await AMQPFixture.take(queue, 1) == ["a"])
            for queue in [bare, queue] { try await queue.close(.empty) }
        }
    }

    @Test("A factory creates queues that share a connection") func factory() async throws {
        try await AMQPFixture.with { connection in
            let factory = try await assemble(
                AMQPMessageQueueFactory(), config: ["options.prefetch": "7"],
                references: ["pip-services:connection:amqp:default:1.0": connection])
            let queue = try await factory.createQueue(.empty, AMQPFixture.name())
            try await queue.open(.empty)
            try await AMQPFixture.send(queue, "a")
            #expect(try await AMQPFixture.take(queue, 1) == ["a"])
            try await queue.close(.empty)
        }
    }
}
#endif
