#if PIP_AZURE && PIP_AMQP && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Topics without a subscription that is configured, on the stand-in.
@Suite(.enabled(if: ServiceBusFixture.missing == nil, "\(ServiceBusFixture.missing ?? "")"))
struct ServiceBusTemporarySubscriptionTests {
    private func send(_ queue: any MessageQueue, _ text: String) async throws {
        try await queue.send(.empty, MessageEnvelope(.empty, "t", text))
    }

    private func next(_ queue: any MessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)), "no message has come")
    }

    private func peer(_ command: String, _ texts: String...) async throws -> String {
        try await DriverFixture.python(
            "service_bus_peer.py", ["\(try ServiceBusFixture.managementPort())", command] + texts)
    }

    /// The names of the subscriptions that were created.
    private func names(_ tap: AzureTap) -> [String] {
        tap.requests.filter { $0.method == .put }.compactMap { request in
            request.url.components(separatedBy: "/subscriptions/").last?.components(separatedBy: "?").first
        }
    }

    @Test("Azure's own client passes on the stand-in's management API") func officialClient() async throws {
        let text = try await peer("subscriptions", ServiceBusFixture.name("topic.temp"))
        #expect(text.contains(#"["one", true, "0:05:00", 403, 401]"#), "\(text)")
    }

    @Test("It is created when a message is first asked for, and deleted at the end") func lifetime() async throws {
        let (name, tap) = (ServiceBusFixture.name("topic.temp"), AzureTap())
        let topic = try await ServiceBusFixture.topic(name, http: tap)
        try await send(topic, "nobody hears it")
        #expect(tap.requests.isEmpty)
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        let other = try await ServiceBusFixture.topic(name, http: AzureTap())
        #expect(try await other.receive(.empty, waitTimeout: .zero) == nil)
        try await send(other, "a")
        for topic in [topic, other] {
            let got = try await next(topic)
            #expect(got.messageAsString == "a")
            try await topic.complete(.empty, got)
        }
        let created = names(tap)
        #expect(created.count == 1)
        let found = try await peer("subscription", name, try #require(created.first))
        #expect(found.contains(#"[false, "0:05:00"]"#), "\(found)")
        try await topic.close(.empty)
        #expect(try await peer("subscription", name, created[0]).contains("null"))
        try await other.close(.empty)
    }

    @Test("With autosubscribe, it is created when the topic is opened") func autosubscribe() async throws {
        let tap = AzureTap()
        let topic = try await ServiceBusFixture.topic(
            ServiceBusFixture.name("topic.temp"),
            ["options.autosubscribe": "true", "options.auto_delete_on_idle": "600000"], http: tap)
        try await send(topic, "a")
        #expect(try await next(topic).messageAsString == "a")
        #expect(tap.requests.first.map { AzureFixture.body($0) }?.contains("PT600S") == true)
        try await topic.close(.empty)
    }

    @Test("It requires sessions where they are asked for") func sessions() async throws {
        let tap = AzureTap()
        let topic = try await ServiceBusFixture.topic(
            ServiceBusFixture.name("topic.temp"), ["options.requires_session": "true"], http: tap)
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        try await topic.send(.empty, MessageEnvelope(.empty, "t", "a", group: "g"))
        #expect(try await next(topic).group == "g")
        try await topic.close(.empty)
    }

    @Test("Without the right to create it, without a driver, and for a missing topic, errors tell what to do")
    func errors() async throws {
        let policy: ConfigParams = [
            "credential.access_id": "SendListen", "credential.access_key": "OTHER_KEY_VALUE",
        ]
        for (kind, config, tap, codes, text) in [
            (
                "topic.temp", policy, AzureTap(), ["ACCESS_DENIED"],
                "expected a policy or an identity that has it, or 'subsc"
            ),
            ("topic.temp", [:], nil, ["NO_CONNECTOR", "NOT_COMPILED_IN"], "'subscription' that names"),
            ("missing.topic", [:], AzureTap(), ["UNKNOWN_QUEUE"], "There is no topic"),
        ] as [(String, ConfigParams, AzureTap?, [String], String)] {
            let topic = try await ServiceBusFixture.topic(ServiceBusFixture.name(kind), config, http: tap)
            let error = await #expect(throws: ApplicationError.self) {
                _ = try await topic.receive(.empty, waitTimeout: .seconds(5))
            }
            #expect(codes.contains(error?.code ?? ""), "\(String(describing: error))")
            #expect(error?.message.contains(text) == true, "\(String(describing: error))")
            #expect(error?.message.contains("OTHER_KEY_VALUE") == false)
            try await topic.close(.empty)
        }
    }

    @Test("Faults of the management API are tried again, and a response that was lost is no error") func retries()
        async throws
    {
        let attempt = Locked(0)
        let forward = Locked<AzureTap?>(nil)
        let tap = AzureTap { request in
            let number = attempt.withLock { attempt in
                attempt += 1
                return attempt
            }
            guard request.method == .put, number <= 2 else { return nil }
            if number == 1 { return HTTPClientResponse(status: 503) }
            _ = try await forward.current?.forward(request)
            throw HTTPFailure.error(HTTPFailure.connectionLost, "lost", .empty, request)
        }
        forward.withLock { $0 = tap }
        let topic = try await ServiceBusFixture.topic(ServiceBusFixture.name("topic.temp"), http: tap)
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        #expect(names(tap).count == 3)
        try await send(topic, "a")
        #expect(try await next(topic).messageAsString == "a")
        try await topic.close(.empty)
        forward.withLock { $0 = nil }
    }

    @Test("One that Service Bus has deleted is created again") func deleted() async throws {
        let (name, tap) = (ServiceBusFixture.name("topic.temp"), AzureTap())
        let topic = try await ServiceBusFixture.topic(name, http: tap)
        let waiting = Task { try await topic.receive(.empty, waitTimeout: .seconds(60)) }
        try await waitUntil(within: .seconds(30)) { names(tap).count == 1 }
        // So that its link exists.
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        let url = try ServiceBusFixture.management("\(name)/subscriptions/\(names(tap)[0])")
        let token = AzureSharedAccessSignature.token(
            uri: "https://127.0.0.1/\(name)", keyName: "RootManageSharedAccessKey", key: "SAS_KEY_VALUE",
            expires: Date().addingTimeInterval(60))
        let response = try await tap.forward(
            HTTPClientRequest(.delete, url, headers: [("Authorization", token)]))
        #expect(response.status == 200)
        try await waitUntil(within: .seconds(30)) { names(tap).count == 2 }
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        try await send(topic, "a")
        #expect(try await waiting.value?.messageAsString == "a")
        try await topic.close(.empty)
    }

    @Test("If it cannot be deleted, closing ends all the same, and says so") func closeFails() async throws {
        let tap = AzureTap { request in
            request.method == .delete ? HTTPClientResponse(status: 403) : nil
        }
        let logger = RecordingLogger()
        let topic = try await ServiceBusFixture.topic(
            ServiceBusFixture.name("topic.temp"), http: tap, logger: logger)
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        try await topic.close(.empty)
        #expect(logger.messages.contains { $0.message.contains("can't be deleted") && $0.message.contains("temp-") })
    }
}
#endif
