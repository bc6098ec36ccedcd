#if PIP_AZURE && PIP_AMQP
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on Service Bus.
@Suite(.enabled(if: ServiceBusFixture.missing == nil, "\(ServiceBusFixture.missing ?? "")"))
struct ServiceBusContractTests {
    private static let unit = Duration.milliseconds(500)
    private static let count = TestSize.isFull ? 20_000 : 500

    @Test(arguments: MessageQueueContract(count: count).cases)
    func serviceBus(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await contractCase.run(unit: Self.unit) {
            // The limits of the contract in time follow its pace.
            try await ServiceBusFixture.queue(
                ServiceBusFixture.name(), try DriverFixture.port("PIP_TEST_SERVICE_BUS_CONTRACT"),
                MessageQueueContract.config(.real(unit: Self.unit)))
        }
    }

    @Test(arguments: MessageQueueContract(count: count / 5).cases)
    func sessions(_ contractCase: ContractCase<any MessageQueue>) async throws {
        // Accepting a session takes time of the lock.
        let unit = Self.unit * 3
        try await contractCase.run(unit: unit) {
            try await ServiceBusFixture.queue(
                ServiceBusFixture.name("session"), try DriverFixture.port("PIP_TEST_SERVICE_BUS_CONTRACT"),
                MessageQueueContract.config(.real(unit: unit)).override(["options.requires_session": "true"]))
        }
    }
}
#endif
