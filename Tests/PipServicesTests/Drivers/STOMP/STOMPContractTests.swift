#if PIP_ACTIVEMQ
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on real brokers.
@Suite(.enabled(if: STOMPFixture.missing == nil, "\(STOMPFixture.missing ?? "")"))
struct STOMPContractTests {
    private static let unit = Duration.milliseconds(300)
    private static let count = TestSize.isFull ? 100_000 : 1_000

    private func run(
        _ broker: STOMPBroker, _ contractCase: ContractCase<any MessageQueue>, _ connection: ConfigParams = [:],
        _ config: ConfigParams = [:]
    ) async throws {
        try await STOMPFixture.with(broker, nil, connection) { connection in
            try await contractCase.run(unit: Self.unit) {
                // The limits of the contract in time follow its pace.
                try await connection.queue(
                    STOMPFixture.name(), MessageQueueContract.config(.real(unit: Self.unit)).override(config))
            }
        }
    }

    @Test(arguments: MessageQueueContract(count: count).cases)
    func activeMQ(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(.activeMQ, contractCase)
    }

    @Test(arguments: MessageQueueContract(count: count).cases)
    func rabbitMQ(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(.rabbitMQ, contractCase)
    }

    @Test(arguments: MessageQueueContract(count: count / 10).cases)
    func activeMQVersion10(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(.activeMQ, contractCase, ["options.protocol_version": "1.0"], ["options.autosubscribe": "false"])
    }

    @Test(arguments: MessageQueueContract(count: count / 10).cases)
    func rabbitMQDelays(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await run(
            .rabbitMQ, contractCase, ["options.protocol_version": "1.1"], ["options.delayed_delivery": "true"])
    }
}
#endif
