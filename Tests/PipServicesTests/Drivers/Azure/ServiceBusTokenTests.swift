#if PIP_AZURE && PIP_AMQP && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Tests tokens of Microsoft Entra for Service Bus on the stand-in.
@Suite(.enabled(if: ServiceBusFixture.missing == nil, "\(ServiceBusFixture.missing ?? "")"))
struct ServiceBusTokenTests {
    private func send(_ queue: any MessageQueue, _ text: String) async throws {
        try await queue.send(.empty, MessageEnvelope(.empty, "t", text))
    }

    private func next(_ queue: any MessageQueue) async throws -> String? {
        try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString
    }

    /// The numbers of tokens that the stand-in issued for an application and received from it.
    private func counts(_ client: String) async throws -> (issued: Int, put: Int) {
        let url = try ServiceBusFixture.management("test/tokens?client=\(client)")
        let fields = try JSONParser.parse(
            try await AzureTap().forward(HTTPClientRequest(.get, url)).body.bytes ?? [])
        return (Int(fields["issued"]?.getAsLong() ?? 0), Int(fields["put"]?.getAsLong() ?? 0))
    }

    @Test("The secret of an application opens a queue; a wrong secret or another application does not") func secret()
        async throws
    {
        let tap = AzureTap()
        let queue = try await ServiceBusFixture.queue(
            ServiceBusFixture.name(), identity: AzureFixture.application, http: tap)
        try await send(queue, "a")
        #expect(try await next(queue) == "a")
        try await queue.close(.empty)
        #expect(tap.requests.count == 1)
        #expect(
            tap.requests.first.map { AzureFixture.body($0) }?.contains(
                "scope=https%3A%2F%2Fservicebus.azure.net%2F%2F.default") == true)
        for wrong: ConfigParams in [["credential.client_secret": "wrong"], ["credential.client_id": "app-2"]] {
            let error = await #expect(throws: ApplicationError.self) {
                _ = try await ServiceBusFixture.queue(
                    ServiceBusFixture.name(), identity: AzureFixture.application.override(wrong), http: AzureTap())
            }
            #expect(error?.code == "ACCESS_DENIED")
        }
    }

    @Test("A managed identity opens a queue and a topic") func machine() async throws {
        let host = try ServiceBusFixture.management("identity")
        let config = try ServiceBusFixture.identityConfig([
            "credential.managed_identity": "true"
        ])
        let references = ServiceBusFixture.references(RecordingLogger(), AzureTap())
        let client = try await assemble(
            ServiceBusClient(environment: { AzureEnvironment(["AZURE_POD_IDENTITY_AUTHORITY_HOST": .string(host)]) }),
            config: config, references: references)
        let name = ServiceBusFixture.name()
        try await client.open(.empty, entities: [name])
        try await client.send(
            .empty, AMQPMessage(MessageEnvelope(.empty, "t", "a"), type: .contentType), to: name, queue: name)
        await client.close()
        let queue = try await ServiceBusFixture.queue(name)
        #expect(try await next(queue) == "a")
        try await queue.close(.empty)
    }

    @Test("A token is renewed on the open connection before it expires") func renewal() async throws {
        let application = "short-12-\(IdGenerator.nextLong())"
        let logger = RecordingLogger()
        let queue = try await ServiceBusFixture.queue(
            ServiceBusFixture.name("token"),
            identity: AzureFixture.application.override(["credential.client_id": .some(application)]),
            http: AzureTap(), logger: logger)
        let start = SystemClock().uptime
        // The stand-in detaches the links of a queue with this name when the token expires.
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(60)) }
        try await waitUntil(within: .seconds(60)) {
            let counts = try await counts(application)
            return counts.issued >= 3 && counts.put >= 3 && SystemClock().uptime - start > .seconds(13)
        }
        try await send(queue, "a")
        #expect(try await waiting.value?.messageAsString == "a")
        #expect(!logger.messages.contains { $0.message.contains("lost") || $0.message.contains("can't be renewed") })
        try await queue.close(.empty)
    }

    @Test("A token rejected by Service Bus is replaced at once") func refused() async throws {
        let isFirst = Locked(true)
        let tap = AzureTap { request in
            guard request.url.contains("/oauth2/") else { return nil }
            let answers = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            return answers ? AzureFixture.json(200, ["access_token": "unknown", "expires_in": 3_600]) : nil
        }
        let queue = try await ServiceBusFixture.queue(
            ServiceBusFixture.name(), identity: AzureFixture.application, http: tap)
        try await send(queue, "a")
        #expect(try await next(queue) == "a")
        #expect(tap.requests.count == 2)
        try await queue.close(.empty)
    }

    @Test("The management API accepts the same tokens") func management() async throws {
        let topic = try await ServiceBusFixture.topic(
            ServiceBusFixture.name("topic.temp"), identity: AzureFixture.application, http: AzureTap())
        #expect(try await topic.receive(.empty, waitTimeout: .zero) == nil)
        try await send(topic, "a")
        #expect(try await next(topic) == "a")
        try await topic.close(.empty)
    }

    @Test("A policy precedes an identity in the environment; an error names both") func precedence()
        throws
    {
        let environment = AzureEnvironment([
            "AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "secret",
        ])
        func proof(_ config: ConfigParams, _ environment: AzureEnvironment) throws -> ServiceBusNamespace.Proof {
            let params = AzureConnectionParams(config.override(["uri": "sb://a"]))
            return try ServiceBusNamespace(.empty, params, environment).proof
        }
        if case .key(let name, _) = try proof(["access_id": "p", "access_key": "k"], environment) {
            #expect(name == "p")
        } else {
            Issue.record("the policy is not used")
        }
        guard case .identity(.secret(let application, _)) = try proof([:], environment) else {
            Issue.record("the identity is not used")
            return
        }
        #expect(application.clientId == "app")
        let error = #expect(throws: ApplicationError.self) { try proof([:], AzureEnvironment([:])) }
        #expect(error?.code == "NO_ACCESS_ID")
        #expect(error?.message.contains("credential.managed_identity") == true)
    }
}
#endif
