#if PIP_ACTIVEMQ
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Envelopes as headers, and the names of brokers.
@Suite struct STOMPEnvelopeTests {
    private static let brokers = [STOMPBroker.activeMQ, .rabbitMQ]

    private static func sent() -> MessageEnvelope {
        var message = MessageEnvelope(Context(traceId: "trace"), "order: new\n", "Grüße", group: "g")
        message.messageId = "id"
        message.replyTo = "answers"
        message.sentTime = Date(timeIntervalSince1970: 1_700_000_000.5)
        message.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: "a=b")
        return message
    }

    /// The frame that a broker delivers for what was sent.
    private static func delivered(_ headers: STOMPHeaders, _ body: [UInt8]?, _ more: STOMPHeaders = [:]) -> STOMPFrame {
        var frame = STOMPFrame("MESSAGE", ["subscription": "1", "ack": "a", "message-id": "m"], body: body ?? [])
        for header in headers.list + more.list { frame.headers.append(header.name, header.value) }
        return frame
    }

    @Test("An envelope is received as it was sent", arguments: brokers) func roundTrip(_ broker: STOMPBroker) {
        var sent = Self.sent()
        for payload in [nil, [], [0, 1], Array("Grüße".utf8)] as [[UInt8]?] {
            sent.message = payload
            let frame = Self.delivered(STOMPEnvelope.headers(sent, broker), payload)
            #expect(STOMPEnvelope.envelope(frame, broker) == sent)
        }
    }

    @Test("Headers have the names that other clients know") func names() {
        let active = STOMPEnvelope.headers(Self.sent(), .activeMQ)
        let rabbit = STOMPEnvelope.headers(Self.sent(), .rabbitMQ)
        #expect(active["x-message-id"] == "id")
        #expect(active["JMSXGroupID"] == "g")
        #expect(active["content-type"] == nil, "ActiveMQ takes it for text")
        #expect(rabbit["amqp-message-id"] == "id")
        #expect(rabbit["message-id"] == nil, "RabbitMQ rejects it")
        #expect(rabbit["JMSXGroupID"] == nil)
        #expect(rabbit["content-type"] == "text/plain")
        for headers in [active, rabbit] {
            #expect(headers["correlation-id"] == "trace")
            #expect(headers["type"] == "order: new\n")
            #expect(headers["reply-to"] == "answers")
            #expect(headers["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        }
    }

    @Test("A value that is too long for an AMQP property is sent in another header") func longValues() {
        let long = String(repeating: "x", count: 300)
        var sent = MessageEnvelope(Context(traceId: long), long, "a")
        (sent.messageId, sent.replyTo) = (long, long)
        let headers = STOMPEnvelope.headers(sent, .rabbitMQ)
        for name in ["correlation-id", "type", "amqp-message-id", "reply-to"] {
            #expect(headers[name] == nil, "\(name)")
        }
        #expect(STOMPEnvelope.envelope(Self.delivered(headers, sent.message), .rabbitMQ) == sent)
    }

    @Test("The known fields of another client's message are read") func foreign() {
        let rabbit = STOMPEnvelope.envelope(
            STOMPFrame(
                "MESSAGE", ["timestamp": "1700000000", "reply-to": "/reply-queue/r", "message-id": "T_1@@x@@1"]),
            .rabbitMQ)
        #expect(rabbit.sentTime == Date(timeIntervalSince1970: 1_700_000_000))
        #expect(rabbit.replyTo == "r")
        #expect(rabbit.messageId.utf8.count == 32, "that of RabbitMQ is another one with each delivery")
        #expect(rabbit.message == [])
        let active = STOMPEnvelope.envelope(
            STOMPFrame("MESSAGE", ["timestamp": "1700000000123", "reply-to": "/queue/r", "message-id": "ID:1"]),
            .activeMQ)
        #expect(active.sentTime == Date(timeIntervalSince1970: 1_700_000_000.123))
        #expect((active.replyTo, active.messageId) == ("r", "ID:1"))
        #expect(active.deliveryCount == 0)
        for bad in ["x", "nan", "1e300", ""] {
            let frame = STOMPFrame("MESSAGE", ["timestamp": bad, "x-deliveries": bad, "traceparent": bad])
            let message = STOMPEnvelope.envelope(frame, .activeMQ)
            #expect(message.sentTime == nil)
            #expect(message.deliveryCount == 0)
        }
    }

    @Test("The delivery count is that of the copy, plus one if the broker redelivers") func deliveries() {
        func count(_ headers: STOMPHeaders) -> Int {
            STOMPEnvelope.envelope(STOMPFrame("MESSAGE", headers), .activeMQ).deliveryCount
        }
        #expect(count([:]) == 0)
        #expect(count(["redelivered": "true"]) == 1)
        #expect(count(["redelivered": "false", "x-deliveries": "2"]) == 2)
        #expect(count(["redelivered": "true", "x-deliveries": "2"]) == 3)
        #expect(count(["x-deliveries": "-5"]) == 0)
        #expect(count(["x-deliveries": "\(Int.max)", "redelivered": "true"]) == 1_000_001)
    }

    @Test("A copy has the headers of the sender, and none of the broker", arguments: brokers)
    func copies(_ broker: STOMPBroker) {
        let frame = Self.delivered(
            STOMPEnvelope.headers(Self.sent(), broker), nil,
            [
                "custom": "1", "custom": "2", "receipt": "r", "transaction": "t", "redelivered": "true",
                "destination": "/queue/q", "content-length": "0", "persistent": "true", "x-deliveries": "7",
                "x-not-before": "1", "x-delay": "1", "x-error": "e", "x-dead-time": "t", "x-first-death-queue": "q",
                "x-dead-letter-exchange": "", "expires": "0", "priority": "7",
            ])
        let copy = STOMPEnvelope.copied(frame.headers, broker)
        var expected = STOMPEnvelope.headers(Self.sent(), broker)
        expected["custom"] = "1"
        expected["priority"] = "7"
        func sorted(_ headers: STOMPHeaders) -> [String] { headers.list.map { "\($0.name)=\($0.value)" }.sorted() }
        #expect(sorted(copy) == sorted(expected))
    }

    @Test("A copy on RabbitMQ omits queue arguments and properties reserved for its sender")
    func foreignProperties() {
        let names = [
            "user-id", "durable", "auto-delete", "exclusive", "x-expires", "x-max-length", "x-max-length-bytes",
            "x-max-priority", "x-message-ttl", "x-queue-name", "x-queue-type",
        ]
        var headers: STOMPHeaders = ["x-own": "1"]
        for name in names { headers.append(name, "1") }
        #expect(STOMPEnvelope.copied(headers, .rabbitMQ) == ["x-own": "1"])
        #expect(STOMPEnvelope.copied(headers, .activeMQ) == headers)
    }

    @Test("A time to live of any length is valid") func expiry() {
        let longest = Duration.milliseconds(Int64.max)
        #expect(STOMPBroker.activeMQ.expiry(after: longest, nowMilliseconds: 1) == ("expires", "\(Int64.max)"))
        #expect(STOMPBroker.activeMQ.expiry(after: .seconds(1), nowMilliseconds: 1) == ("expires", "1001"))
        #expect(STOMPBroker.rabbitMQ.expiry(after: .seconds(1), nowMilliseconds: 1) == ("expiration", "1000"))
    }

    @Test("A delay ends at its time, and never grows") func delays() {
        let now = Date(timeIntervalSince1970: 1000)
        func delay(_ notBefore: String?, _ delay: String?) -> Duration {
            var headers: STOMPHeaders = [:]
            (headers["x-not-before"], headers["x-delay"]) = (notBefore, delay)
            return STOMPEnvelope.delay(headers, now: now)
        }
        #expect(delay("1002000", "5000") == .seconds(2))
        #expect(delay("1000000", "5000") == .zero)
        #expect(delay("2000000", "5000") == .seconds(5), "the clock of the other is wrong")
        #expect(delay("\(Int64.max)", "5000") == .seconds(5))
        #expect(delay("\(Int64.min)", "5000") == .zero)
        for (end, time) in [(nil, "1"), ("1002000", nil), ("x", "1"), ("1002000", "-1")] as [(String?, String?)] {
            #expect(delay(end, time) == .zero)
        }
    }

    @Test("Any reason for a dead letter fits into a header") func reasons() throws {
        let error = ErrorDescription(
            ApplicationError.conflict(
                code: "WHY", String(repeating: "é\n", count: 10_000), details: ["a": .string("b")]))
        let text = STOMPEnvelope.error(error)
        #expect(text.utf8.count < 5_000)
        #expect(!text.utf8.contains(UInt8(ascii: "\n")))
        let letter = STOMPEnvelope.deadLetter(STOMPFrame("MESSAGE", ["x-error": text, "x-deliveries": "3"]), .activeMQ)
        #expect(letter.error.code == "WHY")
        #expect(letter.message.deliveryCount == 3)
        let small = ErrorDescription(ApplicationError.conflict(code: "A", "b", details: ["c": .string("d")]))
        let read = STOMPEnvelope.deadLetter(
            STOMPFrame("MESSAGE", ["x-error": STOMPEnvelope.error(small), "x-dead-time": "2024-01-02T03:04:05.000Z"]),
            .rabbitMQ)
        #expect(read.error.details == small.details)
        #expect(ISODate.format(read.time).hasPrefix("2024-01-02T03:04:05"))
        #expect(STOMPEnvelope.deadLetter(STOMPFrame("MESSAGE"), .activeMQ).error.code == "MOVED_TO_DEAD_LETTER")
    }

    @Test("Names that a broker would misinterpret are rejected or encoded") func brokerNames() {
        for name in ["a*b", "a>", "a,b", "a?b", " a", "a ", "", "a\nb", String(repeating: "a", count: 256)] {
            #expect(STOMPBroker.activeMQ.problem(ofName: name) != nil, "\(name)")
        }
        for name in ["", "a\nb", "a\0", String(repeating: "é", count: 128)] {
            #expect(STOMPBroker.rabbitMQ.problem(ofName: name) != nil, "\(name)")
        }
        for name in ["a", "a.b", "Ä/b c"] {
            #expect(STOMPBroker.activeMQ.problem(ofName: name) == nil)
            #expect(STOMPBroker.rabbitMQ.problem(ofName: name) == nil)
        }
        #expect(STOMPBroker.activeMQ.queue("a/b") == "/queue/a/b")
        #expect(STOMPBroker.rabbitMQ.queue("a/b é%") == "/queue/a%2Fb%20%C3%A9%25")
        #expect(STOMPBroker.rabbitMQ.queue("a", creates: false) == "/amq/queue/a")
        #expect(STOMPBroker.rabbitMQ.topic("a.#") == "/topic/a.#")
        #expect(STOMPBroker.exchange("e", routingKey: "") == "/exchange/e")
        #expect(STOMPBroker.exchange("e", routingKey: "k/x") == "/exchange/e/k%2Fx")
    }

    private static func route(
        _ routing: some STOMPRouting, _ config: ConfigParams, topic: String? = nil
    ) async throws -> STOMPRoute {
        try await assemble(routing, config: config).route(.empty, "q", topic: topic)
    }

    @Test("The settings of ActiveMQ become destinations and headers") func activeMQRoute() async throws {
        let plain = try await Self.route(ActiveMQRouting(), [:])
        #expect(plain.subscriptions == [["destination": "/queue/q"]])
        #expect((plain.target.destination, plain.home.destination) == ("/queue/q", "/queue/q"))
        #expect(plain.dead == "/queue/q.dead")
        #expect(plain.clientId == nil)
        let topic = try await Self.route(
            ActiveMQRouting(),
            [
                "client_id": "c", "options.selector": "a = 1", "options.dead_queue": "d",
                "options.delayed_delivery": "true",
            ],
            topic: "t")
        #expect(
            topic.subscriptions == [
                ["destination": "/queue/q", "selector": "a = 1"],
                ["destination": "/topic/t", "activemq.subscriptionName": "q", "selector": "a = 1"],
            ])
        #expect((topic.target.destination, topic.home.destination) == ("/topic/t", "/queue/q"))
        #expect((topic.dead, topic.clientId, topic.delaysAtBroker) == ("/queue/d", "c-q", true))
        let volatile = try await Self.route(ActiveMQRouting(), [:], topic: "t")
        #expect(volatile.subscriptions.last == ["destination": "/topic/t"])
        let code = await DriverFixture.code { _ = try await Self.route(ActiveMQRouting(), [:], topic: "t>") }
        #expect(code == "BAD_QUEUE_NAME")
    }

    @Test("The settings of RabbitMQ become destinations and headers") func rabbitMQRoute() async throws {
        let flags: STOMPHeaders = ["durable": "true", "auto-delete": "false", "exclusive": "false"]
        func headers(_ destination: String, _ more: STOMPHeaders = [:]) -> STOMPHeaders {
            var headers: STOMPHeaders = ["destination": destination]
            for header in flags.list + more.list { headers[header.name] = header.value }
            return headers
        }
        let plain = try await Self.route(RabbitMQRouting(), [:])
        #expect(plain.subscriptions == [headers("/queue/q")])
        #expect((plain.target.destination, plain.target.headers) == ("/queue/q", flags))
        #expect(plain.home.destination == "/amq/queue/q")
        let exchange = try await Self.route(
            RabbitMQRouting(), ["exchange": "e", "options.routing_key": "k", "options.exchange_type": "direct"])
        #expect(exchange.subscriptions == [headers("/exchange/e/k", ["x-queue-name": "q"])])
        #expect((exchange.target.destination, exchange.target.headers) == ("/exchange/e/k", [:]))
        let existing = try await Self.route(RabbitMQRouting(), ["exchange": "e", "options.auto_create": "false"])
        #expect(existing.subscriptions == [["destination": "/amq/queue/q"]])
        #expect(existing.target.destination == "/exchange/e")
        let exclusive = try await Self.route(
            RabbitMQRouting(), ["options.exclusive": "true", "options.auto_delete": "true"])
        #expect(
            exclusive.subscriptions == [
                ["destination": "/queue/q", "durable": "false", "auto-delete": "true", "exclusive": "true"]
            ])
        #expect(exclusive.target.destination == "/amq/queue/q")
        let topic = try await Self.route(RabbitMQRouting(), [:], topic: "t")
        #expect(topic.subscriptions == [headers("/topic/t", ["x-queue-name": "q"])])
        #expect(topic.target.destination == "/topic/t")
        let sending = try await Self.route(RabbitMQRouting(), ["exchange": "e", "options.no_queue": "true"])
        #expect(sending.subscriptions.isEmpty)
        let code = await DriverFixture.code {
            _ = try await Self.route(RabbitMQRouting(), ["options.no_queue": "true"])
        }
        #expect(code == "NO_QUEUE")
    }

    @Test("A message is replaced atomically on ActiveMQ, and in two steps on RabbitMQ") func replacement() {
        let copy = STOMPFrame("SEND", ["destination": "/queue/q"])
        let active = STOMPFrames(broker: .activeMQ, isPersistent: true).replace(["ack": "7"], by: copy)
        #expect(active.map { $0.map(\.command) } == [["BEGIN", "SEND", "ACK", "COMMIT"]])
        #expect(active.first?.allSatisfy { $0.headers["transaction"] == "tx-7" } == true)
        let rabbit = STOMPFrames(broker: .rabbitMQ, isPersistent: true).replace(["ack": "7"], by: copy)
        #expect(rabbit == [[copy], [STOMPFrame("ACK", ["id": "7"])]])
        let old = STOMPFrames(broker: .activeMQ, isPersistent: true).acknowledge([
            "message-id": "m", "subscription": "1",
        ])
        #expect(old == STOMPFrame("ACK", ["message-id": "m", "subscription": "1"]))
    }

    @Test("A delay is kept at the broker if it supports delays") func waits() {
        let home = STOMPRoute.Target(destination: "/queue/q")
        let route = STOMPRoute(target: home, home: home, dead: "/queue/d", name: "q", delaysAtBroker: true)
        let active = STOMPBroker.activeMQ.wait(.milliseconds(1500), of: route)
        #expect(active.0 == nil)
        #expect(active.1 == ["AMQ_SCHEDULED_DELAY": "1500"])
        let rabbit = STOMPBroker.rabbitMQ.wait(.milliseconds(1500), of: route)
        #expect(rabbit.0?.destination == "/queue/q.delay.11")
        #expect(rabbit.0?.headers == ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": "q"])
        #expect(rabbit.1 == ["expiration": "1500"])
        #expect(STOMPBroker.rabbitMQ.wait(.milliseconds(1023), of: route).0?.destination == "/queue/q.delay.10")
    }
}
#endif
