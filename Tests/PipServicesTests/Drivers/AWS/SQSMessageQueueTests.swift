#if PIP_AWS && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on the stand-in, whose queues go by the clock of the test.
@Suite struct SQSContractTests {
    private static let fast = MessageQueueContract(count: TestSize.isFull ? 2_000 : 100).cases

    /// What a FIFO queue could do otherwise than a standard one.
    private static let ordered = fast.filter { contractCase in
        TestSize.isFull
            || ["order", "group", "dead letters are", "settled once", "abandoned", "cleared"].contains {
                contractCase.name.contains($0)
            }
    }

    @Test(arguments: fast)
    func standard(_ contractCase: ContractCase<any MessageQueue>) async throws { try await run(contractCase, "") }

    @Test(arguments: ordered)
    func fifo(_ contractCase: ContractCase<any MessageQueue>) async throws { try await run(contractCase, ".fifo") }

    private func run(_ contractCase: ContractCase<any MessageQueue>, _ suffix: String) async throws {
        // With competing listeners, time that is moved by hand would run ahead of their requests.
        let isReal = contractCase.name.contains("none is lost")
        let clock = isReal ? nil : VirtualClock(Date())
        let time = clock.map { ContractTime.virtual($0) } ?? .real(unit: .seconds(1))
        try await contractCase.run(time: time) {
            let config = try AWSFixture.serverConfig(MessageQueueContract.config(time))
            let queue = try await AWSFixture.assembled(
                SQSMessageQueue(AWSFixture.name() + suffix), config.override(["options.timeout": "600000"]),
                TappedConnector(clock: clock), clock: clock)
            try await queue.open(.empty)
            return queue
        }
    }
}

/// Queues with what boto3 sends and reads, and with faults.
@Suite struct SQSMessageQueueTests {
    typealias Fixture = AWSFixture

    private func queue(
        _ name: String = Fixture.name(), _ config: ConfigParams = [:], _ connector: TappedConnector = TappedConnector()
    ) async throws -> SQSMessageQueue {
        let queue = try await Fixture.assembled(SQSMessageQueue(name), try Fixture.serverConfig(config), connector)
        try await queue.open(.empty)
        return queue
    }

    private func receive(_ queue: SQSMessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(10)))
    }

    @Test("boto3 reads sent messages: the envelope, and its type and trace as attributes") func botoReads() async throws
    {
        let queue = try await queue(Fixture.name() + ".fifo")
        let message = MessageEnvelope(.fromTraceId("t1"), "order.created", "payload", group: "g 1")
        try await queue.send(.empty, message)
        let read = try await Fixture.boto("receive", queue.name)
        let body = try JSONParser.parse(read["body"]?.string ?? "")
        #expect(body["message_id"] == .string(message.messageId) && body["message_type"] == "order.created")
        #expect(body["message"]?.string == Data("payload".utf8).base64EncodedString() && body["trace_id"] == "t1")
        #expect(read["attributes"] == ["message_type": "order.created", "trace_id": "t1"])
        #expect(read["system"]?["MessageDeduplicationId"] == .string(message.messageId))
        // A space is no character of a group.
        #expect(read["system"]?["MessageGroupId"] == .string(AWSText.hash(Array("g 1".utf8))))
        try await queue.close(.empty)
    }

    @Test("Messages sent with boto3 are read: .NET envelopes and any text") func botoSends() async throws {
        let bodies: [(body: String, payload: String, id: String?, type: String?)] = [
            (
                #"{"correlation_id":"c","message_id":"m1","message_type":"t","sent_time":"2024-01-01T00:00:00Z","#
                    + #""message":"eA=="}"#, "x", "m1", "t"
            ), (#"{"orderId":5}"#, #"{"orderId":5}"#, nil, nil), ("plain text", "plain text", nil, nil),
            (#"{"Type":"Notification","TopicArn":"arn:aws:sns:r:1:t","Message":"inner"}"#, "inner", nil, nil),
            ("[1]", "[1]", nil, nil),
        ]
        let queue = try await queue()
        let sent = try await Fixture.boto(["send", queue.name] + bodies.map(\.body))
        for (index, expected) in bodies.enumerated() {
            let message = try await receive(queue)
            #expect(message.messageAsString == expected.payload && message.messageType == expected.type)
            #expect(message.messageId == expected.id ?? sent[index]?.string)
            try await queue.complete(.empty, message)
        }
        try await queue.close(.empty)
    }

    @Test("An invalid envelope becomes a dead letter with its text") func defect() async throws {
        let queue = try await queue()
        let body = #"{"message_id":"m","message":"%%%"}"#
        _ = try await Fixture.boto("send", queue.name, body)
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        let letters = try await queue.readDeadLetters(.empty, 10)
        #expect(letters.map(\.error.code) == ["BAD_MESSAGE"] && letters.first?.message.messageAsString == body)
        try await queue.close(.empty)
    }

    @Test("A receiver waits with a long poll") func longPoll() async throws {
        let connector = TappedConnector()
        let queue = try await queue(Fixture.name(), [:], connector)
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(20)) }
        try await waitUntil(within: .seconds(30)) {
            connector.requests.contains { Fixture.body($0)["WaitTimeSeconds"]?.getAsInteger() ?? 0 > 0 }
        }
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await waiting.value?.messageAsString == "a")
        #expect(connector.requests.count { Fixture.operation($0) == "ReceiveMessage" } == 1)
        try await queue.close(.empty)
    }

    @Test(
        "A poll that brings a message after its receiver was cancelled, or the queue closed, gives it back",
        arguments: [false, true])
    func latePoll(isClosed: Bool) async throws {
        let connector = TappedConnector()
        let name = Fixture.name()
        let polling = try await self.queue(name, [:], connector)
        let waiting = Task { try await polling.receive(.empty, waitTimeout: .seconds(20)) }
        try await waitUntil(within: .seconds(30)) {
            connector.requests.contains { Fixture.operation($0) == "ReceiveMessage" }
        }
        // The request is on its way.
        try await SystemClock().sleep(for: .milliseconds(300))
        if isClosed { try await polling.close(.empty) } else { waiting.cancel() }
        _ = await waiting.result
        let queue = try await isClosed ? self.queue(name) : polling
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        // The cancelled poll may have taken it, and gives it back before its lock of 30 s ends.
        #expect(try await queue.receive(.empty, waitTimeout: .seconds(25))?.messageAsString == "a")
        try await queue.close(.empty)
    }

    @Test("The lock of a handler that takes longer than the visibility timeout is renewed") func renewal() async throws
    {
        let clock = VirtualClock(Date())
        let connector = TappedConnector(clock: clock)
        let queue = try await Fixture.assembled(
            SQSMessageQueue(Fixture.name()), try Fixture.serverConfig(["options.lock_timeout": "30000"]), connector,
            clock: clock)
        try await queue.open(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        let (gate, open) = AsyncStream<Void>.makeStream()
        let handling = Task { await queue.handle(.empty, message) { _, _ in for await _ in gate {} } }
        for number in 1...5 {
            // The limit of the handler and the renewal.
            try await waitUntil(within: .seconds(60)) { clock.sleeperCount == 2 }
            clock.advance(by: .seconds(10))
            try await waitUntil(within: .seconds(60)) {
                connector.requests.count { Fixture.operation($0) == "ChangeMessageVisibility" } == number
            }
        }
        try await waitUntil(within: .seconds(60)) { clock.sleeperCount == 2 }
        // After 50 s, nobody else has got it.
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        open.finish()
        #expect(await handling.value)
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        try await queue.close(.empty)
    }

    @Test("A message whose handler exceeds its timeout is returned, and finally dead-lettered")
    func handlerTimeout() async throws {
        let config: ConfigParams = [
            "options.handler_timeout": "200", "options.max_deliveries": "2", "options.redelivery_delay": "0",
        ]
        let queue = try await queue(Fixture.name(), config)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        for _ in 0..<2 {
            let message = try await receive(queue)
            let isDone = await queue.handle(.empty, message) { _, _ in
                try await SystemClock().sleep(for: .seconds(30))
            }
            #expect(!isDone)
        }
        #expect(try await queue.readDeadLetters(.empty, 10).map(\.error.code) == ["HANDLER_TIMEOUT"])
        try await queue.close(.empty)
    }

    @Test("Dead letters that the first poll misses are found") func missedLetters() async throws {
        let misses = Locked(0)
        let connector = TappedConnector { request in
            let body = Fixture.body(request)
            guard Fixture.operation(request) == "ReceiveMessage", body["QueueUrl"]?.string?.hasSuffix("-dead") == true,
                body["WaitTimeSeconds"]?.getAsInteger() == 0
            else { return nil }
            misses.withLock { $0 += 1 }
            return Fixture.json(200, [:])
        }
        let queue = try await queue(Fixture.name(), [:], connector)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await queue.moveToDeadLetter(.empty, try await receive(queue))
        #expect(try await queue.readDeadLetters(.empty, 10).count == 1)
        #expect(misses.current > 0)
        try await queue.close(.empty)
    }

    @Test(
        "A dead letter fits into a message, however large the error is", arguments: ["", ".fifo"])
    func deadLetterSize(suffix: String) throws {
        let queue = SQSQueue(name: "q" + suffix, url: "http://aws.test/1/q", maxDeadLetters: 1)
        func letter(_ payload: Int, _ error: ApplicationError) throws -> SQSEntry {
            let message = MessageEnvelope(.empty, "t", String(repeating: "a", count: payload))
            return try SQSEntry.deadLetter(message, ErrorDescription(error), queue, time: Date(), .empty)
        }
        func reason(_ entry: SQSEntry) throws -> ErrorDescription? {
            let text = entry.fields["MessageAttributes"]?["dead_error"]?["StringValue"]?.string
            return ErrorDescription(try JSONParser.parse(text ?? ""))
        }
        // One character, and two megabytes.
        let long = "e" + String(repeating: "\u{301}", count: 1_000_000)
        let error = ApplicationError.conflict(code: "C", long, details: ["d": .string(long)])
        let small = try letter(10, error)
        #expect(small.size < 20_000)
        #expect(try reason(small)?.code == "C")
        // The envelope of another program's text would be too large.
        let bare = try letter(1_000_000, error)
        #expect(bare.size <= SQSEntry.maxSize && bare.fields["MessageBody"]?.string?.utf8.count == 1_000_000)
        #expect(try reason(bare)?.code == "C")
    }

    @Test("Times are whole seconds, rounded up, within the limits of SQS") func wholeSeconds() {
        let times: [Duration] = [
            .seconds(-1), .zero, .milliseconds(1), .milliseconds(1500), .seconds(2), .seconds(50_000),
        ]
        #expect(times.map { SQSQueue.seconds($0) } == [0, 0, 1, 2, 2, 43_200])
    }

    @Test("A queue of another account is used there, and never created in the own account") func account() async throws
    {
        let connector = TappedConnector()
        let name = Fixture.name()
        let error = await Fixture.error {
            _ = try await queue("q", ["connection.arn": "arn:aws:sqs:us-east-1:210987654321:\(name)"], connector)
        }
        #expect(error?.code == "CANNOT_ACCESS_QUEUE" && error?.message.contains("210987654321") == true)
        #expect(connector.requests.map { Fixture.operation($0) } == ["GetQueueUrl"])
        let body = connector.requests.first.map { Fixture.body($0) }
        #expect(body == ["QueueName": .string(name), "QueueOwnerAWSAccountId": "210987654321"])
    }

    @Test("Concurrent sends and completions share requests, and none is lost") func batching() async throws {
        let connector = TappedConnector()
        let queue = try await queue(Fixture.name(), [:], connector)
        let count = 60
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask { try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)")) }
            }
            try await group.waitForAll()
        }
        #expect(connector.requests.count { Fixture.operation($0) == "SendMessageBatch" } < count)
        let receiver = TestMessageReceiver()
        try await queue.beginListen(.empty, concurrency: 8, receiver)
        try await waitUntil(within: .seconds(60)) { receiver.messageCount >= count }
        await queue.endListen(.empty)
        #expect(Set(receiver.messages.compactMap(\.messageAsString)) == Set((0..<count).map { "\($0)" }))
        #expect(receiver.messageCount == count)
        try await queue.close(.empty)
    }

    @Test("A truncated response loses no message") func cutResponse() async throws {
        let cuts = Locked(0)
        let connector = TappedConnector { request in
            guard Fixture.operation(request) == "ReceiveMessage",
                cuts.withLock({ cuts in
                    cuts += 1
                    return cuts == 1
                })
            else { return nil }
            // The server has carried it out: the message is in flight.
            _ = try await CurlConnector().send(.empty, request)
            throw ApplicationError.connection(code: HTTPFailure.connectionLost, "cut")
        }
        let queue = try await queue(Fixture.name(), ["options.lock_timeout": "1000"], connector)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try await receive(queue)
        #expect(message.messageAsString == "a" && message.deliveryCount == 2)
        try await queue.complete(.empty, message)
        try await queue.close(.empty)
    }

    @Test(
        "Errors of the service on the way are tried again, and none is acknowledged and lost",
        arguments: [(400, "ThrottlingException"), (500, "InternalError"), (503, "ServiceUnavailable")])
    func faults(status: Int, code: String) async throws {
        let count = Locked(0)
        let connector = TappedConnector { _ in
            let isFault = count.withLock { count in
                count += 1
                return count % 2 == 0
            }
            return isFault ? Fixture.json(status, ["__type": .string(code)]) : nil
        }
        let config: ConfigParams = ["options.retries": "10", "options.retry_budget": "0"]
        let queue = try await queue(Fixture.name(), config, connector)
        for number in 0..<10 { try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)")) }
        var got: Set<String> = []
        while let message = try await queue.receive(.empty, waitTimeout: .zero) {
            got.insert(message.messageAsString ?? "")
            try await queue.complete(.empty, message)
        }
        #expect(got == Set((0..<10).map { "\($0)" }))
        try await queue.close(.empty)
    }

    @Test("A message moved by the redrive policy of SQS is a dead letter too") func redrive() async throws {
        let name = Fixture.name()
        let queue = try await queue(
            name,
            [
                "options.redrive_max_receives": "1", "options.lock_timeout": "1000",
                "dead_queue": .some(name + "-letters"),
            ])
        let attributes = try await Fixture.boto("attributes", name)
        #expect(attributes["RedrivePolicy"]?.string?.contains(name + "-letters") == true)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await queue.abandon(.empty, try await receive(queue))
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        let letters = try await queue.readDeadLetters(.empty, 10)
        #expect(letters.map(\.error.code) == ["TOO_MANY_DELIVERIES"] && letters.first?.message.messageAsString == "a")
        #expect(try await queue.replayDeadLetters(.empty, ids: nil) == 1)
        #expect(try await receive(queue).messageAsString == "a")
        try await queue.close(.empty)
    }

    @Test(
        "A message to a topic reaches all queues that have it, and SNS's own publishers do", arguments: ["", ".fifo"])
    func topics(suffix: String) async throws {
        let topic = Fixture.name("t") + suffix
        let config: ConfigParams = ["topic": topic]
        let (first, second) = (
            try await queue(Fixture.name() + suffix, config), try await queue(Fixture.name() + suffix, config)
        )
        try await first.send(.empty, MessageEnvelope(.fromTraceId("t1"), "type", "payload"))
        for queue in [first, second] {
            let message = try await receive(queue)
            #expect(message.messageAsString == "payload" && message.messageType == "type" && message.traceId == "t1")
            try await queue.complete(.empty, message)
        }
        if suffix.isEmpty {
            _ = try await Fixture.boto("publish", topic, "plain")
            #expect(try await receive(second).messageAsString == "plain")
        }
        for queue in [first, second] { try await queue.close(.empty) }
    }

    @Test("Two concurrent changes of a queue's policy allow both topics") func policyRace() async throws {
        let name = Fixture.name()
        let (first, second) = (Fixture.name("t"), Fixture.name("t"))
        try await queue(name).close(.empty)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (isHeld, isWritten, hasWritten) = (Locked(false), Locked(false), Locked(false))
        // The second one has read the policy, and writes it when the first one has written.
        let slow = TappedConnector { request in
            guard Fixture.operation(request) == "SetQueueAttributes", !isHeld.current else { return nil }
            isHeld.withLock { $0 = true }
            for await _ in gate {}
            let response = try await CurlConnector().send(.empty, request)
            isWritten.withLock { $0 = true }
            return response
        }
        let fast = TappedConnector { request in
            switch Fixture.operation(request) {
            case "SetQueueAttributes": hasWritten.withLock { $0 = true }
            case "GetQueueAttributes" where hasWritten.current && !isWritten.current:
                open.finish()
                try await waitUntil(within: .seconds(30)) { isWritten.current }
            default: break
            }
            return nil
        }
        let opening = Task { try await queue(name, ["topic": .some(second)], slow) }
        try await waitUntil(within: .seconds(30)) { isHeld.current }
        let opened = Task { try await queue(name, ["topic": .some(first)], fast) }
        let firstQueue = try await Self.value(of: opened)
        open.finish()
        let secondQueue = try await Self.value(of: opening)
        let policy = try await Fixture.boto("attributes", name)["Policy"]?.string ?? ""
        for topic in [first, second] { #expect(policy.contains(":\(topic)\""), "\(topic) in \(policy)") }
        for queue in [firstQueue, secondQueue] { try await queue.close(.empty) }
    }

    /// The value of a task that must end.
    private static func value<Value: Sendable>(of task: Task<Value, any Error>) async throws -> Value {
        try #require(try await withTimeout(.seconds(60), clock: SystemClock()) { try await task.value })
    }

    @Test("SNS can have another address than SQS") func addressOfTopics() async throws {
        let proxy = try FaultProxy(to: DriverFixture.port("PIP_TEST_AWS"))
        let connector = TappedConnector()
        let config: ConfigParams = [
            "topic": .some(Fixture.name("t")), "connection.sns_uri": "http://127.0.0.1:\(proxy.port)",
        ]
        let queue = try await queue(Fixture.name(), config, connector)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await receive(queue).messageAsString == "a")
        for request in connector.requests {
            let isTopic = request[header: "X-Amz-Target"] == nil
            #expect(request.url.contains(":\(proxy.port)/") == isTopic, "\(request.url)")
        }
        #expect(connector.requests.contains { $0.url.contains(":\(proxy.port)/") })
        try await queue.close(.empty)
        let error = await Fixture.error {
            _ = try await self.queue(
                Fixture.name(), ["topic": .some(Fixture.name("t")), "connection.sns_uri": "ftp://x"])
        }
        #expect(error?.code == "BAD_URI" && error?.message.contains("connection.sns_uri") == true)
    }

    @Test(
        "A queue that is missing or can't be named is refused, with key and value",
        arguments: [
            ("a.b", [:], "BAD_QUEUE_NAME", "a.b"), (".fifo", [:], "BAD_QUEUE_NAME", ".fifo"),
            ("q", ["dead_queue": "x y"], "BAD_QUEUE_NAME", "dead_queue"),
            ("q.fifo", ["dead_queue": "q-dead"], "BAD_DEAD_QUEUE", "expected a FIFO queue"),
            ("q", ["dead_queue": "q-dead.fifo"], "BAD_DEAD_QUEUE", "expected a standard queue"),
            (
                "none-\(UUID().uuidString)", ["options.auto_create": "false"], "CANNOT_ACCESS_QUEUE",
                "options.auto_create"
            ),
            ("q", ["connection.arn": "arn:x"], "BAD_ARN", "arn:x"),
            ("q", ["credential.access_key": ""], "NO_ACCESS_KEY", "access_key"),
        ] as [(String, ConfigParams, String, String)])
    func badNames(name: String, config: ConfigParams, code: String, part: String) async throws {
        let error = await Fixture.error { _ = try await queue(name, config) }
        #expect(error?.code == code && error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("A wrong key never passes") func wrongKey() async throws {
        let error = await Fixture.error { _ = try await queue("q", ["credential.access_key": "wrong"]) }
        #expect(error?.code == "ACCESS_DENIED" && error?.awsCode == "InvalidSignatureException")
        #expect(error.map { "\($0)" }?.contains("wrong") == false)
    }

    @Test("A message above the limit of SQS is rejected with its size before it is sent") func tooLarge() async throws {
        let queue = try await queue(Fixture.name(), ["options.max_message_size": "2000000"])
        let message = MessageEnvelope(.empty, "t", [UInt8](repeating: 7, count: 900_000))
        let error = await Fixture.error { try await queue.send(.empty, message) }
        #expect(error?.code == "MESSAGE_TOO_LARGE" && error?.message.contains("\(SQSEntry.maxSize)") == true)
        try await queue.close(.empty)
    }

    @Test("A topic accepts smaller messages than a queue") func tooLargeForTopic() async throws {
        let queue = try await queue(Fixture.name(), ["topic": .some(Fixture.name("t"))])
        let message = MessageEnvelope(.empty, "t", [UInt8](repeating: 7, count: 250_000))
        let error = await Fixture.error { try await queue.send(.empty, message) }
        #expect(error?.code == "MESSAGE_TOO_LARGE" && error?.message.contains("SNS accepts 262144") == true)
        try await queue.close(.empty)
    }

    @Test("The error names a queue that was deleted while open") func deleted() async throws {
        let connector = TappedConnector()
        let queue = try await queue(Fixture.name(), [:], connector)
        let client = try await Fixture.client(.sqs, try Fixture.serverConfig(), CurlConnector())
        let url = try await client.call(.empty, "GetQueueUrl", ["QueueName": .string(queue.name)])["QueueUrl"] ?? .null
        _ = try await client.call(.empty, "DeleteQueue", ["QueueUrl": url])
        let error = await Fixture.error { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
        #expect(error?.code == "UNKNOWN_QUEUE" && error?.message.contains(queue.name) == true)
    }

    @Test("A clock that is 10 minutes off is corrected after a real rejection", arguments: [-600.0, 600])
    func skew(offset: Double) async throws {
        let clock = VirtualClock(Date().addingTimeInterval(offset))
        let connector = TappedConnector()
        let queue = try await Fixture.assembled(
            SQSMessageQueue(Fixture.name()), try Fixture.serverConfig(), connector, clock: clock)
        try await queue.open(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "a")
        try await queue.close(.empty)
    }

    @Test("With the idempotent receiver, a message that is delivered twice takes effect once") func idempotent()
        async throws
    {
        let queue = try await queue(Fixture.name(), ["options.redelivery_delay": "0"])
        let effects = Locked(0)
        let inner = CallbackMessageReceiver { _, _, _ in effects.withLock { $0 += 1 } }
        let message = MessageEnvelope(.empty, "t", "a")
        // A publisher that did not get the response sends again.
        for _ in 0..<2 { try await queue.send(.empty, message) }
        let receiver = try await assemble(
            IdempotentMessageReceiver(MemoryKeyValueConnector(), receiver: "test:message-receiver:inner:*:1.0"),
            references: ["test:message-receiver:inner:default:1.0": inner])
        for _ in 0..<2 {
            let got = try await receive(queue)
            await queue.handle(.empty, got) { context, message in
                try await receiver.receiveMessage(context, message, queue)
            }
        }
        #expect(effects.current == 1)
        try await queue.close(.empty)
    }
}
#endif
