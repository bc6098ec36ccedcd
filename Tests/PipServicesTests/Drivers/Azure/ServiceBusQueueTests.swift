#if PIP_AZURE && PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Queues and topics of Service Bus, beyond the contract.
@Suite(.enabled(if: ServiceBusFixture.missing == nil, "\(ServiceBusFixture.missing ?? "")"))
struct ServiceBusQueueTests {
    private func send(_ queue: any MessageQueue, _ text: String, type: String? = "t") async throws {
        try await queue.send(.empty, MessageEnvelope(.empty, type, text))
    }

    private func next(_ queue: any MessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)), "no message has come")
    }

    private func peer(_ command: String, _ name: String, _ texts: String...) async throws -> String {
        try await DriverFixture.python(
            "service_bus_peer.py", ["\(try ServiceBusFixture.port())", command, name] + texts)
    }

    @Test("Azure's own client works with this stand-in") func officialClient() async throws {
        let text = try await peer("all", ServiceBusFixture.name())
        #expect(
            text.contains(#"[["a", "b"], ["a", 1], "b", ["later"], "lock lost", [["a", "why", "because"]]]"#), "\(text)"
        )
    }

    @Test("The stand-in rejects Azure's own client with a wrong key") func wrongKey() async throws {
        #expect(try await peer("wrong", ServiceBusFixture.name()).contains("ServiceBusAuthenticationError"))
    }

    @Test("Azure's own client and the driver read each other's messages") func interoperation() async throws {
        let name = ServiceBusFixture.name()
        let queue = try await ServiceBusFixture.queue(name)
        var message = MessageEnvelope(Context(traceId: "trace"), "type", "ours")
        message.messageId = "id"
        try await queue.send(.empty, message)
        let received = try await peer("receive", name)
        #expect(received.contains(#"[["ours", "type", "trace", "id", 0]]"#), "\(received)")
        _ = try await peer("send", name, "theirs")
        let got = try await next(queue)
        #expect((got.messageAsString, got.messageType, got.traceId) == ("theirs", "type", "trace"))
        #expect((got.messageId, got.deliveryCount) == ("id-theirs", 1))
        try await queue.moveToDeadLetter(.empty, got, error: ApplicationError.conflict(code: "WHY", "because"))
        let dead = try await peer("dead", name)
        #expect(dead.contains(#"[["theirs", "WHY", "because"]]"#), "\(dead)")
        try await queue.close(.empty)
    }

    @Test(
        "A configuration that cannot work names the key",
        arguments: [
            (["credential.access_id": "a", "credential.access_key": "k"], "NO_CONNECTION_URI", "connection.uri"),
            (["connection.uri": "http://a"], "UNSUPPORTED_PROTOCOL", "sb"),
            (["connection.uri": "sb://"], "NO_HOST", "host"),
            (["connection.uri": "sb://a:x"], "NO_PORT", "'x'"),
            (["connection.uri": "sb://a"], "NO_ACCESS_ID", "credential.access_id"),
            (["connection.uri": "sb://a", "credential.access_id": "p"], "NO_ACCESS_KEY", "credential.access_key"),
            (["queue": "a b"], "BAD_QUEUE_NAME", "a b"), (["topic": "t"], "NO_TOPICS", "servicebus-message-topic"),
        ] as [(ConfigParams, String, String)])
    func badConfiguration(_ config: ConfigParams, _ code: String, _ text: String) async throws {
        let queue = try await assemble(
            ServiceBusMessageQueue("q"), config: config, references: ServiceBusFixture.references())
        let error = await #expect(throws: ApplicationError.self) { try await queue.checkConfiguration(.empty) }
        #expect(error?.code == code)
        #expect(error?.message.contains(text) == true, "\(String(describing: error))")
    }

    @Test("Without the driver for AMQP, the error names its flag") func withoutAMQP() async throws {
        let queue = try await assemble(ServiceBusMessageQueue("q"), config: try ServiceBusFixture.config(1))
        let error = await #expect(throws: ApplicationError.self) { try await queue.open(.empty) }
        #expect(error?.code == "NOT_COMPILED_IN")
        #expect(error?.message.contains("PIP_AMQP") == true)
    }

    @Test("A wrong key and a missing queue are errors that do not show the key") func refusals() async throws {
        for (name, config, code) in [
            (ServiceBusFixture.name(), ["credential.access_key": "wrong-secret"], "ACCESS_DENIED"),
            (ServiceBusFixture.name(), ["credential.access_id": "Nobody"], "ACCESS_DENIED"),
            (ServiceBusFixture.name("missing"), [:], "UNKNOWN_QUEUE"),
        ] as [(String, ConfigParams, String)] {
            let error = await #expect(throws: ApplicationError.self) {
                _ = try await ServiceBusFixture.queue(name, nil, config)
            }
            #expect(error?.code == code)
            #expect(error?.message.contains(name) == true, "\(String(describing: error))")
            #expect(error?.message.contains("wrong-secret") == false)
        }
    }

    @Test("A connection string is sufficient") func connectionString() async throws {
        let port = try ServiceBusFixture.port()
        let name = ServiceBusFixture.name()
        let queue = try await assemble(
            ServiceBusMessageQueue("other"),
            config: [
                "credential.connection_string":
                    "Endpoint=amqp://127.0.0.1:\(port);SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;EntityPath=\(name)"
            ], references: ServiceBusFixture.references())
        try await queue.open(.empty)
        try await send(queue, "a")
        #expect(try await peer("receive", name).contains("\"a\""))
        try await queue.close(.empty)
    }

    @Test("A message above the broker's limit is rejected with both sizes") func oversized() async throws {
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name())
        let error = await #expect(throws: ApplicationError.self) {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", [UInt8](repeating: 1, count: 300_000)))
        }
        #expect(error?.code == "MESSAGE_TOO_LARGE")
        #expect(error?.message.contains("262144") == true, "\(String(describing: error))")
        try await send(queue, "small")
        #expect(try await next(queue).messageAsString == "small")
        try await queue.close(.empty)
    }

    @Test("Sending to a busy broker is retried, and a full queue is an error") func throttled() async throws {
        let busy = try await ServiceBusFixture.queue(ServiceBusFixture.name("busy"))
        try await send(busy, "a")
        #expect(try await next(busy).messageAsString == "a")
        try await busy.close(.empty)
        let full = try await ServiceBusFixture.queue(ServiceBusFixture.name("full"))
        #expect(await DriverFixture.code { try await send(full, "a") } == "QUEUE_FULL")
        try await full.close(.empty)
    }

    @Test("The broker's lock is renewed while a handler runs") func renewal() async throws {
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name("lock-3000"))
        try await send(queue, "a")
        let isDone = await queue.handle(.empty, try await next(queue)) { _, _ in
            try await Task.sleep(for: .seconds(4))
        }
        #expect(isDone)
        #expect(try await queue.receive(.empty, waitTimeout: .milliseconds(600)) == nil)
        try await queue.close(.empty)
    }

    @Test("A message that awaits redelivery stays locked, and the broker counts deliveries") func delay() async throws {
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name("lock-3000"))
        try await send(queue, "a")
        try await queue.abandon(.empty, try await next(queue), delay: .seconds(7))
        #expect(try await queue.receive(.empty, waitTimeout: .milliseconds(3_500)) == nil)
        #expect(try await next(queue).deliveryCount == 2)
        try await queue.close(.empty)
    }

    @Test("A lock that is lost while a handler runs is detected, and the message is redelivered") func lockLost()
        async throws
    {
        let proxy = try FaultProxy(to: ServiceBusFixture.port())
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name(), proxy.port)
        try await send(queue, "a")
        let got = try await next(queue)
        proxy.reset()
        let code = await DriverFixture.code {
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await queue.renewLock(.empty, got, lockTimeout: .seconds(30)) }
                    == "LOCK_EXPIRED"
            }
            try await queue.complete(.empty, got)
        }
        #expect(code == "LOCK_EXPIRED")
        try await queue.close(.empty)
    }

    @Test("A link that the broker detaches is attached again") func detached() async throws {
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name())
        try await send(queue, "x", type: "test:detach")
        try await send(queue, "a")
        #expect(try await next(queue).messageAsString == "a")
        try await queue.close(.empty)
    }

    @Test("Tokens are renewed before they expire") func tokens() async throws {
        let queue = try await ServiceBusFixture.queue(
            ServiceBusFixture.name("token"), nil, ["options.token_lifetime": "6000"])
        try await Task.sleep(for: .seconds(8))
        try await send(queue, "a")
        #expect(try await next(queue).messageAsString == "a")
        try await queue.close(.empty)
    }

    @Test("Scheduled messages arrive at their time, unless they are cancelled") func scheduled() async throws {
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name())
        let time = Date().addingTimeInterval(5)
        _ = try await queue.schedule(.empty, MessageEnvelope(.empty, "t", "later"), at: time)
        let number = try await queue.schedule(.empty, MessageEnvelope(.empty, "t", "never"), at: time)
        try await queue.cancelScheduled(.empty, number)
        #expect(await DriverFixture.code { try await queue.cancelScheduled(.empty, number) } == "REFUSED")
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        #expect(try await next(queue).messageAsString == "later")
        #expect(try await queue.receive(.empty, waitTimeout: .milliseconds(300)) == nil)
        try await queue.close(.empty)
    }

    @Test("A topic reaches its subscriptions") func topic() async throws {
        let name = ServiceBusFixture.name("topic")
        let first = try await ServiceBusFixture.topic(name, ["subscription": "one"])
        let second = try await ServiceBusFixture.topic("other", ["topic": name, "connection.subscription": "two"])
        let sender = try await ServiceBusFixture.topic(name, [:])
        try await send(sender, "a")
        #expect(try await next(first).messageAsString == "a")
        #expect(try await next(second).messageAsString == "a")
        for topic in [first, second, sender] { try await topic.close(.empty) }
    }

    @Test(
        "Several waiting receivers receive one message each, and a receive without a wait returns an available message")
    func receivers() async throws {
        let queue = try await ServiceBusFixture.queue(ServiceBusFixture.name())
        let waiting = (0..<5).map { _ in Task { try await queue.receive(.empty, waitTimeout: .seconds(30)) } }
        for number in 0..<5 { try await send(queue, "\(number)") }
        var texts: Set<String> = []
        for task in waiting { if let text = try await task.value?.messageAsString { texts.insert(text) } }
        #expect(texts.count == 5)
        try await send(queue, "now")
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "now")
        try await queue.close(.empty)
    }
}
#endif
