#if PIP_AZURE && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on the stand-in, whose queues go by the clock of the test.
@Suite struct StorageQueueContractTests {
    private static func cases(_ count: Int) -> [ContractCase<any MessageQueue>] {
        MessageQueueContract(count: TestSize.isFull ? count : 100, largestPayload: 45_000).cases
    }

    /// What the form of messages could change.
    private static let formed = cases(2_000).filter { contractCase in
        TestSize.isFull
            || ["as it was sent", "dead letters are", "none is lost"].contains { contractCase.name.contains($0) }
    }

    @Test(arguments: cases(100_000))
    func standard(_ contractCase: ContractCase<any MessageQueue>) async throws { try await run(contractCase, [:]) }

    @Test(arguments: formed)
    func legacy(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(contractCase, ["options.backward_compatibility": "true"])
    }

    private func run(_ contractCase: ContractCase<any MessageQueue>, _ more: ConfigParams) async throws {
        // With competing listeners, time that is moved by hand would run ahead of their requests.
        let isReal = contractCase.name.contains("none is lost")
        let clock = isReal ? nil : VirtualClock(Date())
        let tap = AzureTap(clock: clock)
        let time = clock.map { ContractTime.virtual($0) { tap.isBusy } } ?? .real(unit: .seconds(1))
        try await contractCase.run(time: time) {
            let config = try AzureFixture.serverConfig("queue", MessageQueueContract.config(time))
            let queue = try await AzureFixture.assembled(
                StorageMessageQueue(AzureFixture.name()),
                config.override(["options.timeout": "600000"]).override(more), tap, clock: clock)
            try await queue.open(.empty)
            return queue
        }
    }
}

/// Queues with what Azure's own client sends and reads, and with faults.
@Suite struct StorageMessageQueueTests {
    typealias Fixture = AzureFixture

    private func queue(
        _ name: String = Fixture.name(), _ config: ConfigParams = [:], _ connector: AzureTap = AzureTap(),
        clock: VirtualClock? = nil
    ) async throws -> StorageMessageQueue {
        let queue = try await Fixture.assembled(
            StorageMessageQueue(name), try Fixture.serverConfig("queue", config), connector, clock: clock)
        try await queue.open(.empty)
        return queue
    }

    private func receive(_ queue: StorageMessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(10)))
    }

    @Test("Azure's own clients work with the stand-in, but not with a wrong key") func standIn() async throws {
        let found = try await Fixture.sdk("all_operations", Fixture.name())
        #expect(
            found == [
                "peeked": ["one & <two>", "three"], "count": 2, "stale": "POP_RECEIPT_MISMATCH",
                "texts": ["changed", "three"], "missing": "QueueNotFound",
            ])
        #expect(try await Fixture.sdk("wrong_key", "never") == ["AUTHENTICATION_FAILED", "AUTHENTICATION_FAILED"])
    }

    @Test(
        "Azure's own client reads sent messages: the envelope, unencoded and in Base64", arguments: ["none", "base64"])
    func clientReads(encoding: String) async throws {
        let queue = try await queue(Fixture.name(), ["options.encoding": .some(encoding)])
        let message = MessageEnvelope(.fromTraceId("t1"), "order.created", "payload & <more> \u{FFFF}é")
        try await queue.send(.empty, message)
        let text = try await Fixture.sdk("receive", queue.name)[0]?.string ?? ""
        let json = encoding == "none" ? Data(text.utf8) : try #require(Data(base64Encoded: text))
        let body = try JSONParser.parse(Array(json))
        #expect(body["message_id"] == .string(message.messageId) && body["message_type"] == "order.created")
        #expect(body["message"]?.string == Data("payload & <more> \u{FFFF}é".utf8).base64EncodedString())
        #expect(body["trace_id"] == "t1")
        try await queue.close(.empty)
    }

    @Test("With the legacy envelope, messages have the names of the .NET edition, which are read too") func legacy()
        async throws
    {
        let queue = try await queue(Fixture.name(), ["backward_compatibility": "true"])
        try await queue.send(.empty, MessageEnvelope(.fromTraceId("t1"), "order.created", "payload"))
        let body = try JSONParser.parse(try await Fixture.sdk("receive", queue.name)[0]?.string ?? "")
        #expect(body["MessageType"] == "order.created" && body["CorrelationId"] == "t1" && body["Message"] == "payload")
        #expect(body["SentTime"]?.string?.hasSuffix("Z") == true && body["MessageId"]?.string?.isEmpty == false)
        let sent =
            #"{"CorrelationId":"c","MessageId":"m1","MessageType":"t","SentTime":"2024-01-01T00:00:00","Message":"x"}"#
        _ = try await Fixture.sdk("send", queue.name, sent)
        let message = try await receive(queue)
        #expect(message.messageId == "m1" && message.traceId == "c" && message.messageType == "t")
        #expect(message.messageAsString == "x" && message.sentTime == ISODate.parse("2024-01-01T00:00:00Z"))
        // Bytes that are no text take the other envelope.
        try await queue.send(.empty, MessageEnvelope(.empty, "t", [0xFF, 0x00]))
        #expect(try await receive(queue).message == [0xFF, 0x00])
        try await queue.close(.empty)
    }

    @Test(
        "We read what Azure's own client sends: envelopes, in Base64 too, and any text", arguments: ["none", "base64"])
    func clientSends(encoding: String) async throws {
        let envelope = #"{"correlation_id":"c","message_id":"m1","message_type":"t","message":"eA=="}"#
        let legacy = #"{"MessageId":"m1","Message":"x"}"#
        let bodies: [(body: String, payload: String, id: String?)] = [
            (envelope, "x", "m1"), (Data(envelope.utf8).base64EncodedString(), "x", "m1"), (legacy, legacy, nil),
            (#"{"orderId":5}"#, #"{"orderId":5}"#, nil), ("plain text", "plain text", nil),
            // Only a queue of messages in Base64 takes it for such.
            ("abcd", encoding == "none" ? "abcd" : "i\u{FFFD}\u{1D}", nil),
        ]
        let queue = try await queue(Fixture.name(), ["options.encoding": .some(encoding)])
        for (body, payload, id) in bodies {
            let sent = try await Fixture.sdk("send", queue.name, body)
            let message = try await receive(queue)
            #expect(message.messageAsString == payload && message.messageId == id ?? sent[0]?.string)
            #expect(message.sentTime != nil && message.defect == nil)
            try await queue.complete(.empty, message)
        }
        try await queue.close(.empty)
    }

    @Test("An invalid envelope becomes a dead letter, and is replayed unchanged") func defect()
        async throws
    {
        let queue = try await queue()
        let body = #"{"message_id":"m","message":"%%%"}"#
        _ = try await Fixture.sdk("send", queue.name, body)
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        let letters = try await queue.readDeadLetters(.empty, 10)
        #expect(letters.map(\.error.code) == ["BAD_MESSAGE"] && letters.first?.message.messageAsString == body)
        #expect(try await queue.replayDeadLetters(.empty, ids: nil) == 1)
        #expect(try await Fixture.sdk("receive", queue.name) == [.string(body)])
        try await queue.close(.empty)
    }

    @Test("Messages that another program moved to the dead letters are read") func foreignLetter() async throws {
        let queue = try await queue()
        _ = try await Fixture.sdk("send", queue.name + "-dead", "text")
        let letters = try await queue.readDeadLetters(.empty, 10)
        #expect(letters.map(\.error.code) == ["UNKNOWN"] && letters.first?.message.messageAsString == "text")
        #expect(try await queue.removeDeadLetters(.empty, ids: nil) == 1)
        #expect(try await queue.readDeadLetters(.empty, 10).isEmpty)
        try await queue.close(.empty)
    }

    @Test("A waiting receiver polls with growing delays, up to the interval") func polling() async throws {
        let clock = VirtualClock(Date())
        let connector = AzureTap(clock: clock)
        let queue = try await queue(
            Fixture.name(), ["interval": "1000", "options.timeout": "600000"], connector, clock: clock)
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(60)) }
        @Sendable func polls() -> Int { connector.requests.count { $0.url.contains("numofmessages") } }
        for (number, pause) in [100, 200, 400, 800, 1000, 1000].enumerated() {
            try await waitUntil(within: .seconds(30)) { polls() == number + 1 && clock.sleeperCount == 1 }
            clock.advance(by: .milliseconds(pause - 1))
            try? await SystemClock().sleep(for: .milliseconds(10))
            #expect(polls() == number + 1, "after \(pause)")
            clock.advance(by: .milliseconds(1))
        }
        try await waitUntil(within: .seconds(30)) { polls() == 7 && clock.sleeperCount == 1 }
        waiting.cancel()
        _ = await waiting.result
        try await queue.close(.empty)
    }

    @Test(
        "A request that brings a message after its receiver was cancelled, or the queue closed, gives it back",
        arguments: [false, true])
    func lateMessage(isClosed: Bool) async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let connector = AzureTap { request in
            if request.url.contains("numofmessages") { for await _ in gate {} }
            return nil
        }
        let queue = try await queue(Fixture.name(), [:], connector)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(20)) }
        try await waitUntil(within: .seconds(30)) { connector.requests.contains { $0.url.contains("numofmessages") } }
        if isClosed { try await queue.close(.empty) } else { waiting.cancel() }
        _ = await waiting.result
        open.finish()
        try await waitUntil(within: .seconds(30)) {
            connector.requests.contains { $0.method == .put && $0.url.hasSuffix("visibilitytimeout=0") }
        }
        let other = try await self.queue(queue.name)
        // Its lock of 30 s has not ended.
        #expect(try await other.receive(.empty, waitTimeout: .seconds(20))?.messageAsString == "a")
        try await other.close(.empty)
        try await queue.close(.empty)
    }

    @Test("The lock of a handler that takes longer than the visibility timeout is renewed") func renewal() async throws
    {
        let clock = VirtualClock(Date())
        let connector = AzureTap(clock: clock)
        let queue = try await queue(
            Fixture.name(), ["options.lock_timeout": "30000", "options.timeout": "600000"], connector, clock: clock)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        let (gate, open) = AsyncStream<Void>.makeStream()
        let handling = Task { await queue.handle(.empty, message) { _, _ in for await _ in gate {} } }
        for number in 1...5 {
            // The limit of the handler and the renewal.
            try await waitUntil(within: .seconds(60)) { clock.sleeperCount == 2 }
            clock.advance(by: .seconds(10))
            try await waitUntil(within: .seconds(60)) {
                connector.requests.count { $0.url.hasSuffix("visibilitytimeout=30") && $0.method == .put } == number
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

    @Test("All calls with a lock that Azure has reassigned fail with LOCK_EXPIRED") func lockLost()
        async throws
    {
        let (clock, name) = (VirtualClock(Date()), Fixture.name())
        let config: ConfigParams = ["options.lock_timeout": "300000", "options.timeout": "600000"]
        let slow = try await queue(name, config, AzureTap(clock: clock), clock: clock)
        for settle in [
            { try await slow.complete(.empty, $0) }, { try await slow.abandon(.empty, $0, delay: .zero) },
            { try await slow.renewLock(.empty, $0, lockTimeout: .seconds(5)) },
        ] as [@Sendable (MessageEnvelope) async throws -> Void] {
            try await slow.send(.empty, MessageEnvelope(.empty, "t", "a"))
            let message = try await receive(slow)
            // The clock of another process is ahead by more than the lock.
            let ahead = VirtualClock(Date())
            ahead.advance(by: clock.uptime + .seconds(400))
            let fast = try await queue(name, config, AzureTap(clock: ahead), clock: ahead)
            let again = try #require(try await fast.receive(.empty, waitTimeout: .zero))
            #expect(again.deliveryCount == 2)
            #expect(await DriverFixture.code { try await settle(message) } == "LOCK_EXPIRED")
            try await fast.complete(.empty, again)
            try await fast.close(.empty)
        }
        try await slow.close(.empty)
    }

    @Test("A completion whose response was lost is not an error") func lostResponse() async throws {
        let isLost = Locked(false)
        let tap = Locked<AzureTap?>(nil)
        let connector = AzureTap { request in
            guard request.method == .delete, request.url.contains("popreceipt"), let forward = tap.current,
                isLost.withLock({ isLost in
                    defer { isLost = true }
                    return !isLost
                })
            else { return nil }
            _ = try await forward.forward(request)
            throw ApplicationError.connection(code: "CONNECTION_LOST", "lost")
        }
        tap.withLock { $0 = connector }
        let queue = try await queue(Fixture.name(), [:], connector)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await queue.complete(.empty, try await receive(queue))
        #expect(isLost.current)
        tap.withLock { $0 = nil }
        try await queue.close(.empty)
    }

    @Test("A message that is completed while its lock is being renewed is deleted") func renewedMeanwhile() async throws
    {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (isUpdated, tap) = (Locked(false), Locked<AzureTap?>(nil))
        let connector = AzureTap { request in
            guard request.method == .put, request.url.contains("popreceipt"), let forward = tap.current else {
                return nil
            }
            let response = try await forward.forward(request)
            isUpdated.withLock { $0 = true }
            for await _ in gate {}
            return response
        }
        tap.withLock { $0 = connector }
        let queue = try await queue(Fixture.name(), [:], connector)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let message = try await receive(queue)
        let renewal = Task { try await queue.renewLock(.empty, message, lockTimeout: .seconds(60)) }
        try await waitUntil(within: .seconds(30)) { isUpdated.current }
        // The handler returned, and no caller waits for the renewal.
        renewal.cancel()
        let completion = Task { await DriverFixture.code { try await queue.complete(.empty, message) } }
        try? await SystemClock().sleep(for: .milliseconds(100))
        open.finish()
        #expect(await completion.value == nil)
        #expect(try await queue.readMessageCount(.empty) == 0)
        tap.withLock { $0 = nil }
        try await queue.close(.empty)
    }

    @Test("Throttling and errors of the service lose no message") func faults() async throws {
        let count = Locked(0)
        let connector = AzureTap { request in
            guard request.url.contains("/messages") else { return nil }
            let number = count.withLock { count in
                count += 1
                return count
            }
            switch number % 3 {
            case 1: return Fixture.refusal(503, "ServerBusy", headers: [("x-ms-retry-after-ms", "1")])
            case 2: throw ApplicationError.connection(code: "CONNECTION_LOST", "lost")
            default: return nil
            }
        }
        let queue = try await queue(
            Fixture.name(), ["options.circuit_failures": "0", "options.retry_budget": "0"], connector)
        for number in 0..<5 { try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)")) }
        var texts: Set<String> = []
        while texts.count < 5 {
            let message = try await receive(queue)
            texts.insert(message.messageAsString ?? "")
            try await queue.complete(.empty, message)
        }
        #expect(try await queue.readMessageCount(.empty) == 0)
        try await queue.close(.empty)
    }

    @Test("A message above the limit is rejected, including its envelope") func tooLarge() async throws {
        let queue = try await queue()
        try await queue.send(.empty, MessageEnvelope(.empty, "t", [UInt8](repeating: 7, count: 48_000)))
        let error = await Fixture.error {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", [UInt8](repeating: 7, count: 49_200)))
        }
        #expect(error?.code == "MESSAGE_TOO_LARGE" && error?.message.contains("accepts 65536") == true)
        #expect(error?.details["queue"]?.string == queue.name)
        try await queue.close(.empty)
    }

    @Test(
        "A dead letter fits into a message, however large the error is",
        arguments: [StorageFormat.Encoding.none, .base64])
    func deadLetterSize(encoding: StorageFormat.Encoding) throws {
        let format = StorageFormat(isLegacy: false, encoding: encoding)
        // One character, and two megabytes.
        let long = "e" + String(repeating: "\u{301}", count: 1_000_000)
        let error = ErrorDescription(ApplicationError.conflict(code: "C", long, details: ["d": .string(long)]))
        func letter(_ payload: Int) throws -> StorageDeadLetter {
            let message = MessageEnvelope(.empty, "t", [UInt8](repeating: 7, count: payload))
            let text = try format.deadLetter(.empty, message, error, queue: "q", time: Date())
            #expect(text.utf8.count <= StorageFormat.maxSize)
            let stored = StorageMessage(id: "i", receipt: "r", dequeueCount: 1, insertionTime: nil, text: text)
            let found = format.deadLetter(stored)
            #expect(found.letter.message.message?.count == payload)
            return found
        }
        #expect(try letter(10).letter.error.code == "C")
        let most = encoding == .none ? 47_000 : 35_000
        #expect(try letter(most).letter.error.code == "C")
        // There is no room for the error.
        #expect(try letter(49_000).letter.error.code == "UNKNOWN")
    }

    @Test("An unreadable message is sent unchanged, in the encoding of the queue") func rawText() {
        for (encoding, payload, text) in [
            (.none, "a<b", "a<b"), (.base64, "a<b", "YTxi"), (.none, "a\u{1}", "YQE="), (.base64, "a\u{1}", "YQE="),
        ] as [(StorageFormat.Encoding, String, String)] {
            let message = MessageEnvelope(.empty, nil, payload)
            #expect(StorageFormat(isLegacy: false, encoding: encoding).raw(message) == text)
        }
        let large = MessageEnvelope(.empty, nil, String(repeating: "a", count: 65_537))
        #expect(StorageFormat(isLegacy: false, encoding: .none).raw(large) == nil)
    }

    @Test(
        "What has no room in the legacy envelope takes the other one",
        arguments: [StorageFormat.Encoding.none, .base64])
    func legacySize(encoding: StorageFormat.Encoding) throws {
        let format = StorageFormat(isLegacy: true, encoding: encoding)
        func written(_ payload: [UInt8]) throws -> (text: String, isLegacy: Bool, payload: [UInt8]?) {
            let text = try format.text(.empty, MessageEnvelope(.empty, "t", payload), queue: "q")
            let bytes = encoding == .base64 ? Data(base64Encoded: text).map { Array($0) } ?? [] : Array(text.utf8)
            let stored = StorageMessage(id: "1", receipt: "", dequeueCount: 1, insertionTime: nil, text: text)
            return (text, try JSONParser.parse(bytes)["MessageId"] != nil, format.envelope(stored).message)
        }
        let (small, control) = ([UInt8](repeating: 7, count: 1000), [UInt8](repeating: 7, count: 30_000))
        let text = [UInt8](repeating: 0x61, count: 48_000)
        #expect(try written(small).isLegacy && written(small).payload == small)
        #expect(try !written(control).isLegacy && written(control).payload == control)
        #expect(try written(control).text.utf8.count <= 65_536)
        #expect(try written(text).isLegacy && written(text).payload == text)
        for payload in [[UInt8](repeating: 7, count: 70_000), [UInt8](repeating: 0x61, count: 70_000)] {
            #expect(throws: ApplicationError.self) { try written(payload) }
        }
    }

    @Test("A missing queue is an error without auto-creation") func missing() async throws {
        let name = Fixture.name()
        let error = await Fixture.error { _ = try await self.queue(name, ["options.auto_create": "false"]) }
        #expect(error?.code == "CANNOT_ACCESS_QUEUE" && error?.message.contains("'queue' is '\(name)'") == true)
        let queue = try await queue(name)
        let other = try await self.queue(name, ["options.auto_create": "false"])
        try await other.close(.empty)
        // It is deleted while it is open.
        let client = try await Fixture.client(.queue, try Fixture.serverConfig("queue"), AzureTap())
        _ = try await client.send(.empty, AzureRequest("Delete Queue", .delete, "/\(name)"))
        let lost = await Fixture.error { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
        #expect(lost?.code == "UNKNOWN_QUEUE" && lost?.details["queue"]?.string == name)
        try await queue.close(.empty)
    }

    @Test("A signature and a token are accepted, a wrong key is not") func access() async throws {
        let wrong = Data("wrong".utf8).base64EncodedString()
        let error = await Fixture.error { _ = try await queue("never", ["credential.access_key": .some(wrong)]) }
        #expect(error?.code == "ACCESS_DENIED" && error?.message.contains(wrong) == false)
        let key = try AzureSharedKey(accountName: Fixture.account, accountKey: Fixture.key)
        let token = key.sharedAccessSignature(
            services: "q", resourceTypes: "sco", permissions: "rwdlacup", expires: Date().addingTimeInterval(3600))
        let name = Fixture.name()
        let signed = try await queue(name, ["credential.access_key": "", "credential.sas_token": .some(token)])
        try await signed.send(.empty, MessageEnvelope(.empty, "t", "a"))
        // Azure's own client passes with ours.
        #expect(try await Fixture.sdk("shared_access", name, token) == "by signature")
        try await signed.close(.empty)
        let old = key.sharedAccessSignature(
            services: "q", resourceTypes: "sco", permissions: "rwdlacup", expires: Date().addingTimeInterval(-60))
        #expect(
            await DriverFixture.code {
                _ = try await queue(name, ["credential.access_key": "", "credential.sas_token": .some(old)])
            } == "ACCESS_DENIED")
        let tokens = try await Fixture.assembled(
            StorageMessageQueue(name), try Fixture.tokenConfig("queue"), AzureTap())
        try await tokens.open(.empty)
        #expect(try await receive(tokens).messageAsString == "a")
        try await tokens.close(.empty)
    }

    @Test("Names come from the sections or from a descriptor") func names() async throws {
        let (name, dead) = (Fixture.name(), Fixture.name("d"))
        let queue = try await queue("default", ["connection.queue": .some(name), "connection.dead": .some(dead)])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await queue.moveToDeadLetter(.empty, try await receive(queue))
        #expect(try await Fixture.sdk("receive", dead)[0]?.string?.contains("dead_time") == true)
        try await queue.close(.empty)
        let factory = try await Fixture.assembled(
            StorageMessageQueueFactory(), try Fixture.serverConfig("queue"), AzureTap())
        let created = try await factory.createQueue(.empty, name)
        try await created.open(.empty)
        #expect(created.name == name)
        try await created.close(.empty)
        let locator: Locator = "pip-services:message-queue:storage-message-queue:orders:1.0"
        #expect((try factory.create(locator) as? StorageMessageQueue)?.name == "orders")
    }
}
#endif
