#if PIP_ACTIVEMQ
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Queues on real brokers, beyond the contract.
@Suite(.enabled(if: STOMPFixture.missing == nil, "\(STOMPFixture.missing ?? "")"))
struct STOMPQueueTests {
    @Test(
        "Every version of STOMP carries a message from sending to its settlement", arguments: STOMPFixture.brokers,
        ["1.0", "1.1", "1.2", ""])
    func versions(_ broker: STOMPBroker, _ version: String) async throws {
        try await STOMPFixture.with(broker, nil, ["options.protocol_version": version]) { connection in
            let queue = try await connection.queue(STOMPFixture.name(), ["options.redelivery_delay": "0"])
            // Without escapes, each broker reads such characters in another way.
            let trace = version == "1.0" ? "trace" : "a:b\\c"
            var message = MessageEnvelope(Context(traceId: trace), "type", "Grüße")
            message.replyTo = "answers"
            message.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            try await queue.send(.empty, message)
            for delivery in 1...2 {
                let got = try await queue.next()
                #expect((got.messageId, got.traceId, got.messageType) == (message.messageId, trace, "type"))
                #expect((got.replyTo, got.messageAsString) == ("answers", "Grüße"))
                #expect(got.traceParent?.traceId == "0af7651916cd43dd8448eb211c80319c")
                #expect(got.deliveryCount == delivery)
                if delivery == 1 { try await queue.abandon(.empty, got) } else { try await queue.complete(.empty, got) }
            }
            #expect(try await queue.isSilent())
            try await queue.close(.empty)
        }
    }

    @Test(
        "A message that is not settled is delivered again after its queue was closed", arguments: STOMPFixture.brokers)
    func notSettled(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let name = STOMPFixture.name()
            let queue = try await connection.queue(name)
            for text in ["a", "b"] { try await queue.sendText(text) }
            let first = try await queue.next()
            try await queue.close(.empty)
            #expect(connection.client.connectionCount == 1)
            let again = try await connection.queue(name)
            let next = try await again.next()
            #expect((next.messageAsString, next.deliveryCount) == ("a", 2))
            #expect(await DriverFixture.code { try await again.complete(.empty, first) } == "LOCK_EXPIRED")
            try await again.complete(.empty, next)
            #expect(try await again.takeTexts(1) == ["b"])
        }
    }

    @Test(
        "A connection that is closed and reopened while a queue uses it serves the queue again",
        arguments: STOMPFixture.brokers)
    func reopened(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let queue = try await connection.queue(STOMPFixture.name())
            try await queue.sendText("a")
            let old = try await queue.next()
            await connection.client.close(.empty)
            let code = await DriverFixture.code { _ = try await queue.receive(.empty, waitTimeout: .zero) }
            #expect(code == "NOT_OPENED")
            try await connection.client.open(.empty)
            #expect(try await queue.takeTexts(1) == ["a"])
            #expect(await DriverFixture.code { try await queue.complete(.empty, old) } == "LOCK_EXPIRED")
        }
    }

    @Test("No more messages are held than options.prefetch allows", arguments: STOMPFixture.brokers)
    func prefetch(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let name = STOMPFixture.name()
            let (slow, other) = (
                try await connection.queue(name, ["options.prefetch": "3"]),
                try await connection.queue(name, ["options.autosubscribe": "false"])
            )
            for number in 0..<10 { try await slow.sendText("\(number)") }
            try await waitUntil(within: .seconds(30)) { stompConnector(slow)?.unacknowledgedCount(name) == 3 }
            // What the first one does not hold is for others.
            #expect(try await other.takeTexts(7) == (3..<10).map(String.init))
            #expect(stompConnector(slow)?.unacknowledgedCount(name) == 3)
            #expect(try await slow.takeTexts(3) == ["0", "1", "2"])
        }
    }

    @Test("A message to a topic reaches all queues with this topic", arguments: STOMPFixture.brokers)
    func topic(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let topic = STOMPFixture.name("topic")
            let config: ConfigParams = ["topic": topic, "options.redelivery_delay": "0"]
            let first = try await connection.queue(STOMPFixture.name("1"), config)
            let second = try await connection.queue(STOMPFixture.name("2"), config)
            try await first.sendText("a")
            // A copy is for the queue that abandoned the message alone.
            try await first.abandon(.empty, try await first.next())
            #expect(try await first.next().deliveryCount == 2)
            #expect(try await second.next().deliveryCount == 1)
            #expect(try await second.isSilent())
        }
    }

    @Test("A durable subscription keeps messages while there is no receiver", arguments: STOMPFixture.brokers)
    func durableTopic(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let (name, topic) = (STOMPFixture.name(), STOMPFixture.name("topic"))
            // RabbitMQ needs no client id: the queue is bound to the topic.
            let config: ConfigParams = broker == .activeMQ ? ["topic": topic, "client_id": name] : ["topic": topic]
            let queue = try await connection.queue(name, config)
            try await queue.close(.empty)
            let sender = try await connection.queue(
                STOMPFixture.name(), ["topic": topic, "options.autosubscribe": "false"])
            try await sender.sendText("kept")
            let again = try await connection.queue(name, config)
            #expect(try await again.takeTexts(1) == ["kept"])
            try await again.close(.empty)
        }
    }

    @Test("A selector leaves other messages to others") func selector() async throws {
        try await STOMPFixture.with(.activeMQ) { connection in
            let name = STOMPFixture.name()
            let config: ConfigParams = ["options.selector": "JMSType = 'wanted'", "options.redelivery_delay": "0"]
            let queue = try await connection.queue(name, config)
            try await queue.sendText("a", type: "other")
            try await queue.sendText("b", type: "wanted")
            try await queue.abandon(.empty, try await queue.next())
            #expect(try await queue.takeTexts(1) == ["b"])
            #expect(try await queue.isSilent())
            #expect(try await connection.queue(name).takeTexts(1) == ["a"])
        }
    }

    @Test(
        "The error of a rejected call contains the reason, and the connection stays usable",
        arguments: STOMPFixture.brokers)
    func refusals(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let config: ConfigParams =
                broker == .activeMQ ? ["options.selector": "a = "] : ["options.auto_create": "false"]
            let error = await #expect(throws: ApplicationError.self) {
                _ = try await connection.queue(STOMPFixture.name(), config)
            }
            #expect(error?.code == "REFUSED")
            #expect(error?.message.contains(broker == .activeMQ ? "a = " : "NOT_FOUND - no queue") == true)
            #expect(connection.client.connectionCount == 1)
            #expect(await connection.isReady())
        }
    }

    @Test("Messages with a higher priority come first") func priority() async throws {
        try await STOMPFixture.with(.rabbitMQ) { connection in
            // Without priorities of the queue, they are only carried.
            let name = STOMPFixture.name()
            let queue = try await connection.queue(name, ["options.priority": "7"])
            try await queue.sendText("a")
            #expect(try await queue.takeTexts(1) == ["a"])
        }
        try await STOMPFixture.with(.activeMQ) { connection in
            let frames = Locked<[String?]>([])
            let name = STOMPFixture.name()
            let queue = try await connection.queue(name, ["options.priority": "7", "options.autosubscribe": "false"])
            try await queue.sendText("a")
            let receiver = try await connection.client.openReceiver(.empty, "test")
            let frame = STOMPFrames(broker: .activeMQ, isPersistent: true).subscribe(
                ["destination": "/queue/\(name)"], prefetch: 1)
            let listener = STOMPListener(onMessage: { frame, _ in
                frames.withLock { $0.append(frame.headers["priority"]) }
                return true
            })
            _ = await receiver.engine.subscribe(frame, deadline: nil, listener)
            try await waitUntil(within: .seconds(30)) { frames.current == ["7"] }
        }
    }

    @Test("An expired message is not delivered", arguments: STOMPFixture.brokers)
    func expiry(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let name = STOMPFixture.name()
            let sender = try await connection.queue(
                name, ["options.time_to_live": "1", "options.autosubscribe": "false"])
            try await sender.sendText("gone")
            let lasting = try await connection.queue(
                name, ["options.time_to_live": "60000", "options.autosubscribe": "false"])
            try await lasting.sendText("there")
            try await SystemClock().sleep(for: .milliseconds(50))
            #expect(try await lasting.takeTexts(1) == ["there"])
            #expect(try await lasting.isSilent())
        }
    }

    @Test("A dead letter does not expire with its message", arguments: STOMPFixture.brokers)
    func lastingDeadLetter(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            // Longer than it takes to be received.
            let queue = try await connection.queue(STOMPFixture.name(), ["options.time_to_live": "3000"])
            try await queue.sendText("a")
            try await queue.moveToDeadLetter(.empty, try await queue.next())
            try await SystemClock().sleep(for: .milliseconds(3_200))
            #expect(try await queue.readDeadLetters(.empty, 10).map(\.message.messageAsString) == ["a"])
        }
    }

    @Test("A delay at the broker outlasts the process that abandoned the message", arguments: STOMPFixture.brokers)
    func delayAtBroker(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let name = STOMPFixture.name()
            let queue = try await connection.queue(name, ["options.delayed_delivery": "true"])
            try await queue.sendText("a")
            try await queue.abandon(.empty, try await queue.next(), delay: .milliseconds(1500))
            #expect(stompConnector(queue)?.unacknowledgedCount(name) == 0)
            #expect(try await queue.isSilent())
            #expect(stompConnector(queue)?.unacknowledgedCount(name) == 0, "it waits at the broker")
            let again = try await queue.next()
            #expect((again.messageAsString, again.deliveryCount) == ("a", 2))
        }
    }

    @Test("A delay in the process continues after the end of the process", arguments: STOMPFixture.brokers)
    func delayInProcess(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let name = STOMPFixture.name()
            let queue = try await connection.queue(name)
            try await queue.sendText("a")
            try await queue.abandon(.empty, try await queue.next(), delay: .seconds(100))
            try await queue.close(.empty)
            let again = try await connection.queue(name)
            try await waitUntil(within: .seconds(30)) { stompConnector(again)?.unacknowledgedCount(name) == 1 }
            #expect(try await again.isSilent(), "the delay is not over")
            #expect(try await again.peekBatch(.empty, 10).map(\.messageAsString) == ["a"])
        }
    }

    @Test(
        "A message that is larger than max_frame_size stays at the broker, and is logged",
        arguments: STOMPFixture.brokers)
    func oversized(_ broker: STOMPBroker) async throws {
        let logger = RecordingLogger(level: .error)
        try await STOMPFixture.with(broker, nil, ["options.max_frame_size": "1000"]) { connection in
            let queue = try await connection.queue(STOMPFixture.name(), logger: logger)
            try await queue.sendText(String(repeating: "x", count: 5_000))
            try await queue.sendText("small")
            #expect(try await queue.takeTexts(1) == ["small"])
            #expect(logger.messages.contains { $0.message.contains("larger than 'options.max_frame_size'") })
            #expect(await connection.isReady())
        }
    }

    @Test(
        "A dead letter that is larger than max_frame_size is not replayed without its payload",
        arguments: STOMPFixture.brokers)
    func oversizedDeadLetter(_ broker: STOMPBroker) async throws {
        let name = STOMPFixture.name()
        let text = String(repeating: "x", count: 5_000)
        let logger = RecordingLogger(level: .error)
        try await STOMPFixture.with(broker) { connection in
            let queue = try await connection.queue(name, ["options.max_dead_letters": "\(Int.max)"])
            for text in [text, "small"] {
                try await queue.sendText(text)
                try await queue.moveToDeadLetter(.empty, try await queue.next())
            }
            try await STOMPFixture.with(broker, nil, ["options.max_frame_size": "1000"]) { connection in
                let other = try await connection.queue(name, ["options.autosubscribe": "false"], logger: logger)
                #expect(try await other.replayDeadLetters(.empty, ids: nil) == 1)
                #expect(logger.messages.contains { $0.message.contains("larger than 'options.max_frame_size'") })
            }
            #expect(try await queue.takeTexts(1) == ["small"])
            #expect(try await queue.readDeadLetters(.empty, 10).map(\.message.messageAsString) == [text])
        }
    }

    @Test("A message's headers have no effect on the queue of its dead letter") func foreignArguments() async throws {
        try await STOMPFixture.with(.rabbitMQ) { connection in
            let name = STOMPFixture.name()
            let queue = try await connection.queue(name)
            let frame = STOMPFrame(
                "SEND",
                [
                    "destination": STOMPBroker.rabbitMQ.queue(name, creates: false), "x-max-length-bytes": "1",
                    "user-id": "guest",
                ], body: Array("text".utf8))
            try await connection.client.send(.empty, [frame], "send")
            try await queue.moveToDeadLetter(.empty, try await queue.next())
            #expect(try await queue.readDeadLetters(.empty, 10).map(\.message.messageAsString) == ["text"])
        }
    }

    @Test("A message that STOMP cannot represent is rejected, and others continue", arguments: STOMPFixture.brokers)
    func invalid(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let queue = try await connection.queue(STOMPFixture.name())
            #expect(await DriverFixture.code { try await queue.sendText("a", type: "a\0b") } == "BAD_MESSAGE")
            try await queue.sendText("b")
            #expect(try await queue.takeTexts(1) == ["b"])
        }
    }

    @Test("An exchange routes messages by its routing key") func exchange() async throws {
        try await STOMPFixture.with(.rabbitMQ) { connection in
            let key = STOMPFixture.name("key")
            let name = STOMPFixture.name()
            let queue = try await connection.queue(
                name, ["exchange": "amq.direct", "options.routing_key": key, "options.redelivery_delay": "0"])
            let sender = try await connection.queue(
                STOMPFixture.name(),
                [
                    "exchange": "amq.direct", "options.routing_key": key, "options.no_queue": "true",
                    "options.autosubscribe": "false",
                ])
            try await sender.sendText("a")
            try await queue.abandon(.empty, try await queue.next())
            #expect(try await queue.takeTexts(1) == ["a"])
            #expect(
                await DriverFixture.code { _ = try await sender.receive(.empty, waitTimeout: .zero) } == "NOT_SUPPORTED"
            )
            // The queue exists now.
            let existing = try await connection.queue(name, ["options.auto_create": "false"])
            try await queue.close(.empty)
            try await sender.sendText("b")
            #expect(try await existing.takeTexts(1) == ["b"])
        }
    }

    @Test(
        "A failed message has the headers of its sender when it comes again, and as a dead letter",
        arguments: STOMPFixture.brokers)
    func copies(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let queue = try await connection.queue(STOMPFixture.name(), ["options.redelivery_delay": "0"])
            var message = MessageEnvelope(Context(traceId: "trace"), "type", [0, 255, 10], group: "g")
            message.replyTo = "answers"
            try await queue.send(.empty, message)
            let first = try await queue.next()
            try await queue.abandon(.empty, first)
            let second = try await queue.next()
            var expected = first
            (expected.deliveryCount, expected.reference, expected.origin) = (2, second.reference, second.origin)
            #expect(second == expected)
            try await queue.moveToDeadLetter(.empty, second, error: ApplicationError.conflict(code: "WHY", "because"))
            let letter = try #require(try await queue.readDeadLetters(.empty, 10).first)
            (expected.reference, expected.origin) = (nil, nil)
            #expect(letter.message == expected)
            #expect((letter.error.code, letter.error.message) == ("WHY", "because"))
            #expect(abs(letter.time.timeIntervalSinceNow) < 600)
            #expect(try await queue.replayDeadLetters(.empty, ids: nil) == 1)
            let again = try await queue.next()
            #expect((again.messageId, again.deliveryCount) == (message.messageId, 1))
        }
    }

    @Test("Concurrent readers of dead letters each receive all of them", arguments: STOMPFixture.brokers)
    func concurrentDeadLetters(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let name = STOMPFixture.name()
            let queues = [try await connection.queue(name), try await connection.queue(name)]
            for number in 0..<3 {
                try await queues[0].sendText("\(number)")
                var message = try await queues[0].receive(.empty, waitTimeout: .milliseconds(500))
                let isFirst = message != nil
                if message == nil { message = try await queues[1].next() }
                try await queues[isFirst ? 0 : 1].moveToDeadLetter(.empty, try #require(message))
            }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<4 {
                    group.addTask { try await queues[number % 2].readDeadLetters(.empty, 10).count }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts == [3, 3, 3, 3])
            #expect(try await queues[0].removeDeadLetters(.empty, ids: nil) == 3)
            #expect(connection.client.connectionCount == 3)
        }
    }

    @Test("A factory makes queues that share the connection", arguments: STOMPFixture.brokers)
    func factory(_ broker: STOMPBroker) async throws {
        let yaml = """
            - descriptor: pip-services:connection:\(broker.kind):default:1.0
              connection: { host: 127.0.0.1, port: \(try STOMPFixture.port(broker)) }
              credential: { username: guest, password: guest }
            - descriptor: pip-services:queue-factory:\(broker.kind):default:1.0
              options: { prefetch: 7 }
            - descriptor: pip-services:message-queue:\(broker.kind):\(STOMPFixture.name("x")):1.0
            """
        try await withContainer(yaml: yaml) { container in
            let locator: Locator =
                broker == .activeMQ ? "*:queue-factory:activemq:*:1.0" : "*:queue-factory:rabbitmq:*:1.0"
            let factory = try container.references.getOneRequired(locator, as: (any MessageQueueFactory).self)
            let name = STOMPFixture.name()
            let queue = try await factory.createQueue(.empty, name)
            #expect(queue.name == name)
            try await queue.open(.empty)
            try await queue.sendText("a")
            #expect(try await queue.takeTexts(1) == ["a"])
            try await queue.close(.empty)
        }
    }
}
#endif
