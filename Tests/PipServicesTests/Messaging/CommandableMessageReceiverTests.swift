import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CommandableMessageReceiverTests {
    private final class Service: Component, Commandable {
        private struct Greet: Codable, Sendable { var name: String }
        let calls = Locked<[String]>([])

        var commands: CommandSet {
            CommandSet {
                Command("greet") { (context, arguments: Greet) -> String? in
                    self.calls.withLock { $0.append("\(arguments.name) \(context.traceId ?? "")") }
                    return "Hello, \(arguments.name)!"
                }
                Command("quiet") { (_, _: Parameters) in self.calls.withLock { $0.append("quiet") } }
                Command("conflict") { (_, _: Parameters) -> String? in
                    throw ApplicationError.conflict(code: "BUSY", "Somebody else did it")
                }
                Command("broken") { (_, _: Parameters) -> String? in
                    throw ApplicationError.unknown(code: "BROKEN", "It is broken")
                }
            }
        }
    }

    private static let yaml = """
        - descriptor: pip-services:message-queue:memory:requests:1.0
          options: { max_deliveries: 2, redelivery_delay: 1, max_redelivery_delay: 1 }
        - descriptor: pip-services:message-queue:memory:replies:1.0
        - descriptor: test:service:default:default:1.0
        - descriptor: pip-services:message-receiver:commandable:default:1.0
          dependencies: { service: "test:service:*:*:1.0" }
        - descriptor: pip-services:message-listener:default:default:1.0
          dependencies: { queue: "*:message-queue:*:requests:1.0" }
        """

    /// Runs a service that serves commands from the queue `requests`.
    private func run(
        _ body:
            @escaping @Sendable (Service, _ requests: MemoryMessageQueue, _ replies: MemoryMessageQueue) async throws
            -> Void
    ) async throws {
        let service = Service()
        try await withContainer(yaml: Self.yaml, factories: [Factory("test:service:default:*:1.0") { service }]) {
            container in
            func queue(_ name: String) throws -> MemoryMessageQueue {
                try container.references.getOneRequired(
                    Locator("*:message-queue:memory:\(name):1.0"), as: MemoryMessageQueue.self)
            }
            try await body(service, try queue("requests"), try queue("replies"))
        }
    }

    private static func request(_ command: String, _ arguments: String?, replyTo: String? = nil) -> MessageEnvelope {
        var message = MessageEnvelope(Context(traceId: "trace"), command, arguments.map { Array($0.utf8) })
        message.replyTo = replyTo
        return message
    }

    private static func reply(_ queue: some MessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)))
    }

    private static func deadLetter(_ queue: MemoryMessageQueue) async throws -> DeadLetter {
        try await waitUntil(within: .seconds(30)) { try await queue.readDeadLetters(.empty, 1).count == 1 }
        return try #require(try await queue.readDeadLetters(.empty, 1).first)
    }

    @Test("A message runs a command, and the result is sent to its reply queue") func reply() async throws {
        try await run { service, requests, replies in
            let request = Self.request("greet", #"{"name":"Ada"}"#, replyTo: "replies")
            try await requests.send(.empty, request)
            let reply = try await Self.reply(replies)
            #expect(reply.messageId == request.messageId)
            #expect(reply.messageType == "greet.result")
            #expect(reply.traceId == "trace")
            #expect(try reply.getMessageAs(String.self) == "Hello, Ada!")
            #expect(service.calls.current == ["Ada trace"])
            try await requests.send(.empty, Self.request("quiet", nil, replyTo: "replies"))
            #expect(try await Self.reply(replies).message == nil)
        }
    }

    @Test("A message without a reply queue runs its command and is completed") func noReply() async throws {
        try await run { service, requests, replies in
            try await requests.send(.empty, Self.request("quiet", "[]"))
            try await waitUntil(within: .seconds(30)) { service.calls.current == ["quiet"] }
            #expect(try await replies.readMessageCount(.empty) == 0)
        }
    }

    @Test(
        "An error that is the fault of the sender is replied",
        arguments: [
            ("greet", "{}", "INVALID_DATA"), ("greet", "{bad", "BAD_MESSAGE"), ("greet", "1", "BAD_MESSAGE"),
            ("gret", "{}", "CMD_NOT_FOUND"), ("conflict", "{}", "BUSY"),
        ])
    func replyOfErrors(_ command: String, _ arguments: String, _ code: String) async throws {
        try await run { _, requests, replies in
            try await requests.send(.empty, Self.request(command, arguments, replyTo: "replies"))
            let reply = try await Self.reply(replies)
            #expect(reply.messageType == "\(command).error")
            #expect(try reply.getMessageAs()["code"] == .string(code))
            #expect(try await requests.readDeadLetters(.empty, 1).isEmpty)
        }
    }

    @Test(
        "Without a reply queue, what another delivery would not change is given up at once",
        arguments: [("greet", "{}", "INVALID_DATA"), ("greet", "{bad", "BAD_MESSAGE"), ("gret", "{}", "CMD_NOT_FOUND")])
    func givenUp(_ command: String, _ arguments: String, _ code: String) async throws {
        try await run { _, requests, _ in
            try await requests.send(.empty, Self.request(command, arguments))
            let letter = try await Self.deadLetter(requests)
            #expect(letter.error.code == code)
            #expect(letter.message.deliveryCount == 1)
        }
    }

    @Test("A command that fails for other reasons is retried before it is dead-lettered") func retried() async throws {
        try await run { _, requests, replies in
            try await requests.send(.empty, Self.request("broken", "{}", replyTo: "replies"))
            let letter = try await Self.deadLetter(requests)
            #expect(letter.error.code == "BROKEN")
            #expect(letter.message.deliveryCount == 2)
            #expect(try await replies.readMessageCount(.empty) == 0)
        }
    }

    @Test("An unknown reply queue is an error before the command runs")
    func unknownReplyQueue() async throws {
        try await run { service, requests, _ in
            try await requests.send(.empty, Self.request("quiet", "{}", replyTo: "replie"))
            let letter = try await Self.deadLetter(requests)
            #expect(letter.error.code == "UNKNOWN_QUEUE")
            #expect(letter.error.message.contains("'replies'"))
            #expect(service.calls.current.isEmpty)
        }
    }

    @Test("A failure to send a reply is not an error of the command") func fullReplyQueue() async throws {
        let replies = ScriptedMessageQueue("replies")
        replies.sendFailures.withLock { $0 = [ApplicationError.queueFull(.empty, "replies", 1)] }
        let service = Service()
        let requests = try await assemble(MemoryMessageQueue("requests"))
        let receiver = try await assemble(
            CommandableMessageReceiver(service: "test:service:*:*:1.0"),
            references: [
                "test:service:default:default:1.0": service, "test:message-queue:scripted:replies:1.0": replies,
            ])
        try await replies.open(.empty)
        let request = Self.request("greet", #"{"name":"Ada"}"#, replyTo: "replies")
        do {
            try await receiver.receiveMessage(.empty, request, requests)
            Issue.record("It returned")
        } catch let error as ApplicationError {
            #expect(error.code == "QUEUE_FULL")
        }
        #expect(try await replies.readMessageCount(.empty) == 0)
        try await receiver.receiveMessage(.empty, request, requests)
        #expect(try await Self.reply(replies).messageType == "greet.result")
    }

    @Test("A result too large for the reply queue is replied as an error") func largeReply() async throws {
        let (replies, service) = (MemoryMessageQueue("replies"), Service())
        try await assemble(replies, config: ["options.max_message_size": "1000"])
        let receiver = try await assemble(
            CommandableMessageReceiver(service: "test:service:*:*:1.0"),
            references: [
                "test:service:default:default:1.0": service, "test:message-queue:memory:replies:1.0": replies,
            ])
        try await replies.open(.empty)
        let name = String(repeating: "a", count: 1000)
        let request = Self.request("greet", #"{"name":"\#(name)"}"#, replyTo: "replies")
        try await receiver.receiveMessage(.empty, request, MemoryMessageQueue("requests"))
        let reply = try await Self.reply(replies)
        #expect(reply.messageType == "greet.error")
        #expect(try reply.getMessageAs()["code"] == "MESSAGE_TOO_LARGE")
        #expect(service.calls.current.count == 1)
    }
}
