#if PIP_AMQP
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on a real broker.
@Suite(.enabled(if: AMQPFixture.missing == nil, "\(AMQPFixture.missing ?? "")"))
struct AMQPContractTests {
    private static let unit = Duration.milliseconds(300)
    private static let count = TestSize.isFull ? 20_000 : 500

    @Test(arguments: MessageQueueContract(count: count).cases)
    func rabbitMQ(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await AMQPFixture.with { connection in
            try await contractCase.run(unit: Self.unit) {
                // The limits of the contract in time follow its pace.
                try await AMQPFixture.queue(
                    connection, AMQPFixture.name(), MessageQueueContract.config(.real(unit: Self.unit)))
            }
        }
    }
}
#endif
