#if PIP_ACTIVEMQ
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The same queues, by clients that others wrote.
@Suite(.enabled(if: STOMPFixture.missing == nil, "\(STOMPFixture.missing ?? "")"))
struct STOMPInteropTests {
    /// What a peer has printed about the message that it received.
    private static func result(_ output: String) throws -> AnyValueMap {
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("RESULT ") })
        return try #require(try JSONParser.parse(Array(line.dropFirst(7).utf8)).map)
    }

    private static func sent() -> MessageEnvelope {
        var message = MessageEnvelope(Context(traceId: "trace"), "greeting", "Grüße: 1\n2")
        message.replyTo = "answers"
        return message
    }

    @Test("Messages are exchanged with stomp.py", arguments: STOMPFixture.brokers)
    func stompPy(_ broker: STOMPBroker) async throws {
        try await STOMPFixture.with(broker) { connection in
            let (name, replies) = (STOMPFixture.name(), STOMPFixture.name("replies"))
            let queue = try await connection.queue(name, ["options.autosubscribe": "false"])
            let answers = try await connection.queue(replies, ["options.redelivery_delay": "0"])
            let message = Self.sent()
            try await queue.send(.empty, message)
            let header = broker == .activeMQ ? "x-message-id" : "amqp-message-id"
            let output = try await DriverFixture.python(
                "stomp_peer.py", ["\(try STOMPFixture.port(broker))", name, replies, header])
            let seen = try Self.result(output)
            #expect(seen["body"] == "Grüße: 1\n2")
            let headers = try #require(seen["headers"]?.map)
            #expect(headers["correlation-id"] == "trace")
            #expect(headers["type"] == "greeting")
            #expect(headers[header] == .string(message.messageId))
            #expect(headers["persistent"] == "true")
            let answer = try await answers.next()
            #expect((answer.messageId, answer.traceId) == ("id-of-python", "trace-of-python"))
            #expect((answer.messageType, answer.messageAsString) == ("type:of\npython", "Grüße: 1\n2"))
            #expect(answer.deliveryCount == 1)
            // A copy of a foreign message is as readable.
            try await answers.abandon(.empty, answer)
            let again = try await answers.next()
            #expect((again.messageId, again.messageType, again.deliveryCount) == ("id-of-python", "type:of\npython", 2))
        }
    }

    @Test("Messages are exchanged with pika over AMQP 0.9.1, with the properties of the other editions")
    func pika() async throws {
        try await STOMPFixture.with(.rabbitMQ) { connection in
            let (name, replies) = (STOMPFixture.name(), STOMPFixture.name("replies"))
            let queue = try await connection.queue(name, ["options.autosubscribe": "false"])
            let answers = try await connection.queue(replies, ["options.redelivery_delay": "0"])
            let message = Self.sent()
            try await queue.send(.empty, message)
            let output = try await DriverFixture.python(
                "pika_peer.py", ["\(try DriverFixture.port("PIP_TEST_RABBITMQ_AMQP"))", name, replies])
            let seen = try Self.result(output)
            #expect(seen["body"] == "Grüße: 1\n2")
            #expect(seen["correlation_id"] == "trace")
            #expect(seen["message_id"] == .string(message.messageId))
            #expect(seen["type"] == "greeting")
            #expect(seen["content_type"] == "text/plain")
            #expect(seen["delivery_mode"] == 2)
            for delivery in 1...2 {
                let answer = try await answers.next()
                #expect((answer.messageId, answer.traceId) == ("id-of-python", "trace-of-python"))
                #expect((answer.messageType, answer.messageAsString) == ("type-of-python", "Grüße: 1\n2"))
                #expect(answer.replyTo == "answers")
                #expect(answer.sentTime == Date(timeIntervalSince1970: 1_700_000_000))
                #expect(answer.deliveryCount == delivery)
                if delivery == 1 { try await answers.abandon(.empty, answer) }
            }
        }
    }
}
#endif
