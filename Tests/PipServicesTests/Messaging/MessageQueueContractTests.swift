import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on every implementation that needs no server.
@Suite(.serialized) final class MessageQueueContractTests {
    private static let count = TestSize.isFull ? 100_000 : 5_000
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-queues-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func open<Queue: ConnectorMessageQueue>(
        _ queue: Queue, _ clock: VirtualClock, _ config: ConfigParams = [:]
    ) async throws -> any MessageQueue {
        try await assemble(
            queue, config: MessageQueueContract.config(.virtual(clock)).override(config),
            references: ["test:clock:virtual:default:1.0": clock])
        try await queue.open(.empty)
        return queue
    }

    @Test(arguments: MessageQueueContract(count: count).cases)
    func memory(_ contractCase: ContractCase<any MessageQueue>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) { try await Self.open(MemoryMessageQueue("q"), clock) }
    }

    /// Each message is written to a disk: fewer of them.
    @Test(arguments: MessageQueueContract(count: count / 10).cases)
    func file(_ contractCase: ContractCase<any MessageQueue>) async throws {
        let clock = VirtualClock()
        let path = folder.appending(path: "\(UUID().uuidString).json").path
        try await contractCase.run(time: .virtual(clock)) {
            try await Self.open(FileMessageQueue("q", path: path), clock)
        }
    }

    @Test(arguments: MessageQueueContract(fillStore: { _ in }).cases.map(\.name).suffix(3))
    func fileOnFullDisk(_ name: String) async throws {
        let (clock, disk) = (VirtualClock(), SimulatedDisk())
        let cases = MessageQueueContract(fillStore: { disk.fill($0) }).cases
        let contractCase = try #require(cases.first { $0.name == name })
        #expect(!MessageQueueContract().cases.contains { $0.name == name })
        try await contractCase.run(time: .virtual(clock)) {
            try await Self.open(FileMessageQueue("q", JournaledFileStorage(path: "/data/queue.json", disk)), clock)
        }
    }

    @Test("All messages of a queue in a file are handled", .enabled(if: TestSize.isFull))
    func fileWithoutLoss() async throws {
        let clock = VirtualClock()
        let path = folder.appending(path: "\(UUID().uuidString).json").path
        let last = try #require(MessageQueueContract(count: Self.count).cases.last)
        try await last.run(time: .virtual(clock)) { try await Self.open(FileMessageQueue("q", path: path), clock) }
    }

    @Test(arguments: MessageQueueContract(count: count / 5).cases)
    func cached(_ contractCase: ContractCase<any MessageQueue>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) {
            try await Self.open(
                CachedMessageQueue("q", LoopbackTransport()), clock, ["options.autosubscribe": "true"])
        }
    }

    @Test("A queue that loses a message fails the contract") func theContractSeesALoss() async throws {
        let clock = VirtualClock()
        let abandon = try #require(
            MessageQueueContract().cases.first { $0.name.hasPrefix("an abandoned message is delivered again,") })
        await #expect(throws: ContractFailure.self) {
            try await abandon.run(time: .virtual(clock)) {
                let queue = MemoryMessageQueue("q")
                try await assemble(queue, config: ["options.max_deliveries": "1"])
                try await queue.open(.empty)
                return queue
            }
        }
    }
}
