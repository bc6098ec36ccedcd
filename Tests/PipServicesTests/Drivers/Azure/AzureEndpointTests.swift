#if PIP_AZURE && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What names real endpoints of Azure, in the environment.
enum AzureEndpoint: String {
    case storage = "PIP_TEST_AZURE_STORAGE_CONNECTION_STRING"
    case vault = "PIP_TEST_AZURE_KEY_VAULT"
    case insights = "PIP_TEST_AZURE_APPLICATION_INSIGHTS_CONNECTION_STRING"
    case serviceBus = "PIP_TEST_AZURE_SERVICE_BUS_CONNECTION_STRING"
    case queue = "PIP_TEST_AZURE_SERVICE_BUS_QUEUE"
    case sessionQueue = "PIP_TEST_AZURE_SERVICE_BUS_SESSION_QUEUE"
    case topic = "PIP_TEST_AZURE_SERVICE_BUS_TOPIC"

    /// What the environment says; nil if it is missing or empty.
    var value: String? { ProcessInfo.processInfo.environment[rawValue].flatMap { $0.isEmpty ? nil : $0 } }

    /// Why tests are skipped; nil if all are there.
    static func missing(_ endpoints: AzureEndpoint...) -> String? {
        endpoints.first { $0.value == nil }.map { "\($0.rawValue) is not set: see docs/testing.md" }
    }

    /// The credentials of a component.
    func config(_ more: ConfigParams = [:]) throws -> ConfigParams {
        let value = try #require(value, "\(rawValue) is not set")
        let key = self == .vault ? "connection.uri" : "credential.connection_string"
        return ConfigParams([key: value]).override(more)
    }

    /// A component with the driver for HTTP.
    static func assembled<C: Component>(_ component: C, _ config: ConfigParams) async throws -> C {
        try await assemble(
            component, config: config, references: ["test:http-connector:test:default:1.0": CurlConnector()])
    }
}

/// The contracts on real endpoints of Azure, in real time. Each is skipped unless the environment names its endpoint.
@Suite(.serialized) struct AzureEndpointTests {
    private static let storage = AzureEndpoint.missing(.storage)
    private static let vault = AzureEndpoint.missing(.vault)
    private static let insights = AzureEndpoint.missing(.insights)
    /// A unit of time: locks of Storage have whole seconds.
    private static let unit = Duration.seconds(2)

    @Test("Storage queues", .enabled(if: storage == nil, "\(storage ?? "")"), arguments: queueCases)
    func queues(_ contractCase: ContractCase<any MessageQueue>) async throws {
        let names = Locked<[String]>([])
        let running = Task {
            try await run(contractCase, names)
        }
        let result = await running.result
        await Self.remove(names.current)
        try result.get()
    }

    private func run(_ contractCase: ContractCase<any MessageQueue>, _ names: Locked<[String]>) async throws {
        try await contractCase.run(unit: Self.unit) {
            let name = AzureFixture.name("pip")
            names.withLock { $0 += [name, "\(name)-dead"] }
            let config = try AzureEndpoint.storage.config(MessageQueueContract.config(.real(unit: Self.unit)))
            let queue = try await AzureEndpoint.assembled(StorageMessageQueue(name), config)
            try await queue.open(.empty)
            return queue
        }
    }

    private static func remove(_ names: [String]) async {
        guard let config = try? AzureEndpoint.storage.config(),
            let client = try? await AzureEndpoint.assembled(AzureClient(.queue), config)
        else { return }
        _ = try? await client.open(.empty)
        for name in names { _ = try? await client.send(.empty, AzureRequest("DeleteQueue", .delete, "/\(name)")) }
        client.close()
    }

    private static let queueCases = MessageQueueContract(
        count: TestSize.isFull ? 2_000 : 200, largestPayload: 45_000
    ).cases

    @Test("Locks in a table", .enabled(if: storage == nil, "\(storage ?? "")"), arguments: LockContract().cases)
    func locks(_ contractCase: ContractCase<any Lock>) async throws {
        try await contractCase.run(unit: Self.unit) {
            let lock = try await AzureEndpoint.assembled(
                CloudStorageTableLock(),
                try AzureEndpoint.storage.config(["table": "pipservicestests", "options.retry_timeout": "100"]))
            try await lock.open(.empty)
            return lock
        }
    }

    @Test(
        "Credentials in a vault, with an identity of the environment",
        .enabled(if: vault == nil, "\(vault ?? "")"), arguments: vaultCases)
    func credentials(_ contractCase: ContractCase<any CredentialStore>) async throws {
        let prefix = "pip-" + String(IdGenerator.nextLong().prefix(8)) + "-"
        try await contractCase.run {
            let store = try await AzureEndpoint.assembled(
                KeyVaultCredentialStore(), try AzureEndpoint.vault.config(["prefix": .some(prefix)]))
            try await store.open(.empty)
            return store
        }
    }

    /// Names of secrets ignore case.
    private static let vaultCases = CredentialStoreContract().cases.filter { !$0.name.contains("case-sensitive") }

    @Test("Logs and metrics are accepted", .enabled(if: insights == nil, "\(insights ?? "")"))
    func telemetry() async throws {
        let problems = RecordingLogger()
        let config = try AzureEndpoint.insights.config(["source": "pip-tests"])
        let logger = try await AzureEndpoint.assembled(AppInsightsLogger(), config)
        try await logger.open(.empty)
        logger.info(Context(traceId: "t1"), "a test", ["n": 5])
        try await logger.close(.empty)
        let counters = try await assemble(
            AppInsightsCounters(), config: config,
            references: [
                "test:http-connector:test:default:1.0": CurlConnector(), "test:logger:recording:default:1.0": problems,
            ])
        try await counters.open(.empty)
        counters.increment("calls", 2)
        try await counters.close(.empty)
        #expect(problems.messages.isEmpty, "\(problems.messages)")
    }
}

#if PIP_AMQP
/// The contract on real queues of Service Bus, whose messages are removed.
@Suite(.serialized) struct ServiceBusEndpointTests {
    private static let plain = AzureEndpoint.missing(.serviceBus, .queue)
    private static let session = AzureEndpoint.missing(.serviceBus, .sessionQueue)
    private static let topic = AzureEndpoint.missing(.serviceBus, .topic)
    private static let unit = Duration.seconds(2)
    private static let cases = MessageQueueContract(count: TestSize.isFull ? 2_000 : 200).cases

    private func run(
        _ contractCase: ContractCase<any MessageQueue>, _ endpoint: AzureEndpoint, _ more: ConfigParams
    ) async throws {
        let name = try #require(endpoint.value)
        try await contractCase.run(unit: Self.unit) {
            let config = try AzureEndpoint.serviceBus.config(MessageQueueContract.config(.real(unit: Self.unit)))
            let queue = try await assemble(
                ServiceBusMessageQueue(name), config: config.override(more), references: ServiceBusFixture.references())
            try await queue.open(.empty)
            // What the case before has left.
            try await queue.clear(.empty)
            _ = try await queue.removeDeadLetters(.empty, ids: nil)
            return queue
        }
    }

    @Test(.enabled(if: plain == nil, "\(plain ?? "")"), arguments: cases)
    func queue(_ contractCase: ContractCase<any MessageQueue>) async throws { try await run(contractCase, .queue, [:]) }

    @Test(.enabled(if: session == nil, "\(session ?? "")"), arguments: cases)
    func sessions(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(contractCase, .sessionQueue, ["options.requires_session": "true"])
    }

    @Test("A temporary subscription of a topic", .enabled(if: topic == nil, "\(topic ?? "")"))
    func temporary() async throws {
        let topic = try await assemble(
            ServiceBusMessageTopic(try #require(AzureEndpoint.topic.value)),
            config: try AzureEndpoint.serviceBus.config(["options.autosubscribe": "true"]),
            references: ServiceBusFixture.references(RecordingLogger(), CurlConnector()))
        try await topic.open(.empty)
        try await topic.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let got = try #require(try await topic.receive(.empty, waitTimeout: .seconds(30)))
        #expect(got.messageAsString == "a")
        try await topic.complete(.empty, got)
        try await topic.close(.empty)
    }
}
#endif
#endif
