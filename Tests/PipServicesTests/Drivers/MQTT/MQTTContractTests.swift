#if PIP_MQTT
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on a real broker.
@Suite struct MQTTContractTests {
    private static let unit = Duration.milliseconds(200)
    private static let count = TestSize.isFull ? 100_000 : 1_000

    private func run(
        _ contractCase: ContractCase<any MessageQueue>, _ connection: ConfigParams, _ config: ConfigParams,
        _ prefix: String = ""
    ) async throws {
        try await MQTTFixture.with(nil, connection) { connection in
            try await contractCase.run(unit: Self.unit) {
                // The limits of the contract in time follow its pace.
                try await MQTTFixture.queue(
                    connection, MQTTFixture.topic(),
                    MessageQueueContract.config(.real(unit: Self.unit)).override(config)
                        .override(["topic": prefix.isEmpty ? nil : prefix + MQTTFixture.topic()]))
            }
        }
    }

    @Test(arguments: MessageQueueContract(count: count).cases)
    func version5(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(contractCase, [:], [:])
    }

    @Test(arguments: MessageQueueContract(count: count / 5).cases)
    func version311(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(
            contractCase, ["options.protocol_version": "3.1.1"],
            ["options.serialize_envelope": "true", "options.qos": "2"])
    }

    @Test(arguments: MessageQueueContract(count: count / 5).cases)
    func sharedSubscription(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(contractCase, [:], [:], "$share/g/")
    }
}
#endif
